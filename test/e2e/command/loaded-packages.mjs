// Loaded by --import: writes what Node's module loader loads to the file LOADED_PACKAGES, a line each: a package by its name,
// a file of this package by its path, `compile cache` where Node is asked to keep what it compiles.
import { appendFileSync } from 'node:fs'
import module, { createRequire, register } from 'node:module'

const hook = `
import { appendFileSync } from 'node:fs'
export function load(url, context, next) {
  const [, name] = /\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url) ?? /\\/(dist\\/.+)$/.exec(url) ?? []
  if (name) appendFileSync(process.env.LOADED_PACKAGES, name + '\\n')
  return next(url, context)
}`
register(`data:text/javascript,${encodeURIComponent(hook)}`)

// The loader does not see what one CommonJS module requires of another.
process.once('exit', () => {
  for (const path of Object.keys(createRequire(import.meta.url).cache)) {
    const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? []
    if (name) appendFileSync(process.env.LOADED_PACKAGES, `${name}\n`)
  }
})

module.enableCompileCache = () => appendFileSync(process.env.LOADED_PACKAGES, 'compile cache\n')
