// Preloaded: makes Node take this machine for a Mac, with another processor and without /proc.
import childProcess from 'node:child_process'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

Object.defineProperty(process, 'platform', { value: 'darwin' })
Object.defineProperty(process, 'arch', { value: 'arm64' })

function refusing(call, isForeign, why) {
  return (first, ...rest) => {
    if (isForeign(String(first))) throw Object.assign(new Error(`${why}: ${first}`), { code: 'ENOENT' })
    return call(first, ...rest)
  }
}
for (const name of ['readFileSync', 'readdirSync', 'openSync', 'readlinkSync', 'readFile']) {
  fs[name] = refusing(fs[name], (path) => path.startsWith('/proc'), 'a Mac has no')
}
childProcess.spawn = refusing(childProcess.spawn, (path) => path.includes('heapwalk'), 'a Mac cannot run')
syncBuiltinESMExports()
