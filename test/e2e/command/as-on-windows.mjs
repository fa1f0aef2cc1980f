// Preloaded: makes our own code take this machine for Windows. Its paths have a drive, this one's files are on it, and
// there is no /proc and no /bin/sh.
import childProcess from 'node:child_process'
import fs from 'node:fs'
import { register, syncBuiltinESMExports } from 'node:module'

const here = process.cwd()
Object.defineProperty(process, 'platform', { value: 'win32' })
process.cwd = () => `C:${here.replaceAll('/', '\\')}`

const onDrive = (path) =>
  typeof path === 'string' && path.startsWith('C:\\') ? path.slice(2).replaceAll('\\', '/') : path
const absent = (path) => Object.assign(new Error(`Windows has no ${path}`), { code: 'ENOENT' })

function refuse(of, error) {
  if (of === fs.promises) return Promise.reject(error)
  throw error
}

for (const [of, names] of [
  [
    fs,
    [
      'readFileSync',
      'readdirSync',
      'writeFileSync',
      'mkdirSync',
      'createReadStream',
      'stat',
      'lstat',
      'open',
      'readdir',
    ],
  ],
  [fs.promises, ['readFile', 'readdir', 'writeFile', 'mkdir', 'rename', 'rm', 'stat', 'access', 'realpath']],
]) {
  for (const name of names) {
    const call = of[name]
    of[name] = Object.assign(function (path, ...rest) {
      if (String(path).startsWith('/proc')) return refuse(of, absent(path))
      return call.call(this, onDrive(path), ...rest.map(onDrive))
    }, call)
  }
}
const { spawn } = childProcess
childProcess.spawn = (command, ...rest) => {
  if (String(command).startsWith('/') && command !== process.execPath) throw absent(command)
  return spawn(command, ...rest)
}
syncBuiltinESMExports()

const windows =
  'import path from "node:path"; export const { basename, delimiter, dirname, isAbsolute, join, normalize, relative, resolve, sep } = path.win32'
const hook = `export const resolve = (name, context, next) => name === 'node:path' && /[/]dist[/](?!code[/]packages)/.test(context.parentURL)
  ? { url: ${JSON.stringify(`data:text/javascript,${encodeURIComponent(windows)}`)}, shortCircuit: true }
  : next(name, context)`
register(`data:text/javascript,${encodeURIComponent(hook)}`)
