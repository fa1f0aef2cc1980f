// Builds heapwalk for this machine, as `npm ci` does. Says what is missing instead of failing with a compiler's words.
import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))

function has(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined
}

function fail(text) {
  console.error(`heapwalk was not built: ${text}`)
  process.exit(1)
}

if (process.platform !== 'linux') {
  console.log(`heapwalk is built on Linux only; on ${process.platform} the prebuilt one runs inside the container.`)
  process.exit(0)
}
const compiler = ['musl-gcc', process.env.CC, 'cc', 'gcc', 'clang'].find((name) => name && has(name))
const missing = [compiler ? '' : 'a C compiler', has('make') ? '' : 'make'].filter(Boolean)
if (missing.length > 0) {
  fail(
    `${missing.join(' and ')} not found. Install them (Debian, Ubuntu: apt-get install gcc make libc6-dev) and run npm ci again.`,
  )
}
const arch = process.arch === 'arm64' ? 'arm64' : 'x64'
const { status, error } = spawnSync('make', ['-s', '-C', here, `CC=${compiler}`, `OUT=build/heapwalk-linux-${arch}`], {
  stdio: 'inherit',
})
if (status !== 0) fail(`${error?.message ?? `make ended with ${status}`} (compiler: ${compiler}).`)
