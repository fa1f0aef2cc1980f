// Builds heapwalk: for this machine, as `npm ci` does, or with --all for every target of the package, as `npm pack` does.
// Says what is missing instead of failing with a compiler's words.
import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))

/** Per processor: the compilers that build for it on this kind of machine and on another, best first, and the packages that bring one. */
const TARGETS = {
  x64: {
    native: ['musl-gcc', process.env.CC, 'cc', 'gcc', 'clang'],
    cross: ['x86_64-linux-gnu-gcc'],
    crossPackages: 'gcc-x86-64-linux-gnu libc6-dev-amd64-cross',
  },
  arm64: {
    native: ['musl-gcc', process.env.CC, 'cc', 'gcc', 'clang'],
    cross: ['aarch64-linux-gnu-gcc'],
    crossPackages: 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross',
  },
}

function has(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined
}

function fail(text) {
  console.error(`heapwalk was not built: ${text}`)
  process.exit(1)
}

function compilerFor(arch) {
  const { native, cross, crossPackages } = TARGETS[arch]
  const isNative = arch === process.arch
  const found = (isNative ? native : cross).find((name) => name && has(name))
  if (found) return found
  const packages = isNative ? 'gcc libc6-dev' : crossPackages
  return fail(
    `a C compiler for linux-${arch} was not found. Install one (Debian, Ubuntu: apt-get install make ${packages}) and try again.`,
  )
}

function build(arch) {
  const compiler = compilerFor(arch)
  const settings = [`CC=${compiler}`, `OUT=build/heapwalk-linux-${arch}`, 'LDFLAGS=-static -s']
  const { status, error } = spawnSync('make', ['-s', '-C', here, ...settings], { stdio: 'inherit' })
  if (status !== 0) fail(`${error?.message ?? `make ended with ${status}`} (compiler: ${compiler}).`)
}

const all = process.argv.includes('--all')
if (process.platform !== 'linux') {
  if (all) fail(`the package is made on Linux, not on ${process.platform}.`)
  console.log(
    `heapwalk is built on Linux only. On ${process.platform} the published package, which has it ready, runs it in containers.`,
  )
  process.exit(0)
}
if (!all && !TARGETS[process.arch]) fail(`there is no heapwalk for linux-${process.arch} yet, only for x64 and arm64.`)
if (!has('make'))
  fail('make was not found. Install it (Debian, Ubuntu: apt-get install make gcc libc6-dev) and try again.')
for (const arch of all ? Object.keys(TARGETS) : [process.arch]) build(arch)
