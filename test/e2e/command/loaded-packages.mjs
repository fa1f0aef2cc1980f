// Loaded by --import: writes the name of each package that Node's module loader loads to the file LOADED_PACKAGES, a line each.
import { register } from 'node:module'

const hook = `
import { appendFileSync } from 'node:fs'
export function load(url, context, next) {
  const [, name] = /\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url) ?? []
  if (name) appendFileSync(process.env.LOADED_PACKAGES, name + '\\n')
  return next(url, context)
}`
register(`data:text/javascript,${encodeURIComponent(hook)}`)
