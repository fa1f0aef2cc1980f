// Compiles plugin/ into dist/ and puts the walkers that are built beside it. What an earlier build left there goes:
// dist holds what this build made and nothing else, and at no moment less, since other processes may run from it.
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const made = new Set()

/** @returns the files that the compiler wrote, from dist */
function compile() {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [tsc, '-p', join(root, 'tsconfig.build.json'), '--listEmittedFiles'],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  )
  const lines = stdout.split('\n').filter(Boolean)
  if (status !== 0) {
    console.error(lines.filter((line) => !line.startsWith('TSFILE: ')).join('\n') || stderr)
    process.exit(status ?? 1)
  }
  return lines.map((line) => relative(dist, line.replace(/^TSFILE: /, '')))
}

/** In one step, since a walker may be running. */
function copy(from, name) {
  const to = join(dist, name)
  mkdirSync(join(to, '..'), { recursive: true })
  const fresh = `${from}.${process.pid}`
  copyFileSync(from, fresh)
  renameSync(fresh, to)
  return name
}

function copyWalkers() {
  const build = join(root, 'nginx/walker/build')
  const names = existsSync(build) ? readdirSync(build).filter((name) => /^heapwalk-linux-\w+$/.test(name)) : []
  return names.map((name) => copy(join(build, name), join('walker', name)))
}

function removeOthers() {
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(dist, path)
    const isMade = entry.isDirectory() ? [...made].some((file) => file.startsWith(name + sep)) : made.has(name)
    if (!isMade) rmSync(path, { recursive: true, force: true })
  }
}

for (const name of [...compile(), ...copyWalkers()]) made.add(name)
removeOthers()
chmodSync(join(dist, 'cli/main.js'), 0o755)
