// Containers of an engine on another host: `node test/far-engine.mjs`, as root, with dockerd and ip. A second dockerd in a network namespace
// of its own stands for the other host: reached over a pair of veth, and from within the namespace at 127.0.0.1. Each way a clean and a leaking
// scenario run with two workers. Nothing of it leaves the machine, and nothing is left.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const DOCKERFILE = fileURLToPath(new URL('../docker/bookworm.Dockerfile', import.meta.url))
const scenario = (name) => fileURLToPath(new URL(`../scenarios/${name}/nginx.conf`, import.meta.url))
/** Addresses for benchmarks of devices between networks (RFC 2544), which no network here has. */
const [NEAR, FAR] = ['198.18.77.1', '198.18.77.2']
const PORT = 2375
const IMAGE = 'far-engine-of-the-tests'
const name = `far-${process.pid}`
const inside = [`--net=/run/netns/${name}`]
const work = mkdtempSync(join(tmpdir(), 'far-engine-'))

function run(command, args, { env = {}, input } = {}) {
  const options = { env: { ...process.env, ...env }, input, encoding: 'utf8', maxBuffer: 2 ** 28, timeout: 300_000 }
  const { status, stdout, stderr, error } = spawnSync(command, args, options)
  return { status, text: `${stdout ?? ''}${stderr ?? ''}${error ?? ''}` }
}

function need(command, ...args) {
  const { status, text } = run(command, args)
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${text}`)
  return text
}

const engine = (...args) => need('docker', '-H', `tcp://${FAR}:${PORT}`, ...args)

async function startEngine() {
  need('ip', 'netns', 'add', name)
  need('ip', 'link', 'add', `${name}a`, 'type', 'veth', 'peer', 'name', `${name}b`, 'netns', name)
  need('ip', 'addr', 'add', `${NEAR}/30`, 'dev', `${name}a`)
  need('ip', 'link', 'set', `${name}a`, 'up')
  need('ip', '-n', name, 'addr', 'add', `${FAR}/30`, 'dev', `${name}b`)
  for (const device of [`${name}b`, 'lo']) need('ip', '-n', name, 'link', 'set', device, 'up')
  const folders = ['data-root', 'exec-root', 'pidfile'].map((option) => `--${option}=${join(work, option)}`)
  const listening = ['--tls=false', '-H', `tcp://0.0.0.0:${PORT}`]
  const log = openSync(join(work, 'log'), 'a')
  const child = spawn('nsenter', [...inside, 'dockerd', ...folders, ...listening], { stdio: ['ignore', log, log] })
  while (run('docker', ['-H', `tcp://${FAR}:${PORT}`, 'version']).status !== 0) {
    if (child.exitCode !== null)
      throw new Error(`dockerd ended:\n${readFileSync(join(work, 'log'), 'utf8').slice(-2000)}`)
    await sleep(200)
  }
  return child
}

/** The image of the tests, as the engine of this machine has it. */
function copyImage() {
  need('docker', 'build', '-q', '-t', IMAGE, '-f', DOCKERFILE, join(DOCKERFILE, '..'))
  need('docker', 'save', '-o', join(work, 'image.tar'), IMAGE)
  need('docker', 'rmi', IMAGE)
  engine('load', '-i', join(work, 'image.tar'))
}

/** What a run says over one way to the engine. */
function measured(scenarioName, [command, ...before], host) {
  const options = ['--request', '/t', '--workers', '2', '--image', IMAGE, '--start-timeout', '2m']
  const env = { DOCKER_HOST: `tcp://${host}:${PORT}` }
  return run(command, [...before, MAIN, 'run', scenario(scenarioName), ...options], { env })
}

let dockerd
let wrong = 0
try {
  dockerd = await startEngine()
  copyImage()
  const ways = [
    ['from here', [process.execPath], FAR],
    ['from within', ['nsenter', ...inside, process.execPath], '127.0.0.1'],
  ]
  for (const [way, command, host] of ways) {
    for (const [scenarioName, expected] of Object.entries({ 'module-table': 1, 'module-table-fixed': 0 })) {
      const { status, text } = measured(scenarioName, command, host)
      const left = engine('ps', '-aq').trim()
      const isRight = status === expected && left === '' && /2 workers/.test(text)
      if (!isRight) wrong++
      console.log(
        `${isRight ? '✓' : '✗'} ${way} at ${host}: ${scenarioName} ends with ${status}${left && `, and leaves ${left}`}`,
      )
      if (!isRight) console.log(text.slice(-3000))
    }
  }
} finally {
  if (dockerd && dockerd.exitCode === null) {
    process.kill(Number(readFileSync(join(work, 'pidfile'), 'utf8')), 'SIGTERM')
    await new Promise((resolve) => dockerd.once('exit', resolve))
  }
  run('ip', ['netns', 'delete', name])
  run('ip', ['link', 'delete', `${name}a`])
  rmSync(work, { recursive: true, force: true })
}
process.exitCode = wrong > 0 ? 1 : 0
