// The walker against the LuaJIT of every Debian release, under load: node test/walker/suites/suites.mjs [SUITE...] [--snapshots 50]
// Runs nginx with its Lua module in a container of each, loads it, takes snapshots of the worker and prints a table.
// Takes a container engine, heapwalk (npm run build:walker) and the bases (docker/make-base bullseye bookworm trixie forky).
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { conf, PORT, program } from './suite-work.mjs'

const CONNECTIONS = 10
const root = fileURLToPath(new URL('../../..', import.meta.url))
const walker = join(root, `nginx/walker/build/heapwalk-linux-${process.arch}`)
const dockerfile = (suite) => readFileSync(join(root, `docker/${suite}.Dockerfile`), 'utf8')

/** A Dockerfile for each suite; those that docker/ has not are made from what it has. */
const suites = {
  bullseye: dockerfile('bullseye'),
  bookworm: dockerfile('bookworm'),
  // Upstream's LuaJIT lacks what bookworm's Lua module needs of OpenResty's fork (lua_setexdata), so it runs the program alone.
  'bookworm-upstream':
    'FROM debian:bookworm-slim\nRUN apt-get update && apt-get install -y --no-install-recommends luajit\n',
  trixie: dockerfile('trixie'),
  // A suite in development: its mirror may be a snapshot.
  forky: dockerfile('trixie')
    .replace('debian:trixie-slim', 'debian:forky-slim')
    .replace('apt-get update', 'apt-get update -o Acquire::Check-Valid-Until=false'),
}
const isAlone = (suite) => suite === 'bookworm-upstream'

const { values, positionals } = parseArgs({
  options: { snapshots: { type: 'string', default: '50' } },
  allowPositionals: true,
})
const wanted = positionals.length > 0 ? positionals : Object.keys(suites)
for (const name of wanted)
  if (!suites[name]) throw new Error(`no suite ${name}: there are ${Object.keys(suites).join(', ')}`)

const docker = (...args) => execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()

/** Undone last first, when a suite is done or somebody loses patience. */
const cleanUps = []
const cleanUp = () => {
  while (cleanUps.length > 0) cleanUps.pop()()
}
process.once('SIGINT', () => {
  cleanUp()
  process.exit(130)
})

function imageOf(suite) {
  const tag = `vitest-openresty-leak/suite:${suite}`
  execFileSync('docker', ['build', '-q', '-t', tag, '-'], {
    input: suites[suite],
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  cleanUps.push(() => docker('rmi', tag))
  return tag
}

/** Requests on CONNECTIONS connections until told to stop; answers how many were served. */
function load(port) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  let served = 0
  let isOver = false
  const one = () =>
    new Promise((resolve, reject) => {
      get({ port, host: '127.0.0.1', path: '/t', agent }, (answer) => {
        served += answer.statusCode === 200 ? 1 : 0
        answer.resume().on('end', resolve).on('error', reject)
      }).on('error', reject)
    })
  const lanes = Array.from({ length: CONNECTIONS }, async () => {
    while (!isOver) await one()
  })
  return {
    /** Resolves when this many more have been served. */
    async more(count) {
      const from = served
      while (served - from < count) await one()
    },
    async stop() {
      isOver = true
      await Promise.all(lanes)
      agent.destroy()
      return served
    },
  }
}

const logs = (container) => spawnSync('docker', ['logs', container], { encoding: 'utf8' }).stderr

async function answering(port, container) {
  for (let tries = 0; tries < 100; tries++) {
    const status = await new Promise((resolve) =>
      get({ port, host: '127.0.0.1', path: '/t' }, (answer) => resolve(answer.resume().statusCode)).on('error', () =>
        resolve(0),
      ),
    )
    if (status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`no answer from the server: ${logs(container)}`)
}

/** One snapshot, while the load goes on. */
function snap(container, pid, options) {
  const args = ['exec', container, '/heapwalk', 'snap', '-p', String(pid), ...options]
  return new Promise((resolve) => {
    execFile('docker', args, { maxBuffer: 2 ** 28 }, (error, stdout, stderr) =>
      resolve({ status: error?.code ?? 0, stdout, stderr }),
    )
  })
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1]

/** The process to be read, and what loads it. */
async function start(suite, container) {
  if (isAlone(suite)) return { pid: 1, more: async () => {}, stop: async () => '-' }
  const port = Number(docker('port', container, `${PORT}/tcp`).split(':').at(-1))
  await answering(port, container)
  const processes = JSON.parse(docker('exec', container, '/heapwalk', 'ps'))
  return { pid: processes.find(({ role }) => role === 'worker').pid, ...load(port) }
}

async function measure(suite, folder) {
  const container = docker(
    ...['run', '-d', '--cap-add', 'SYS_PTRACE', '-p', `127.0.0.1::${PORT}`],
    ...['-v', `${walker}:/heapwalk:ro`, '-v', `${folder}:/suite:ro`, imageOf(suite)],
    ...(isAlone(suite) ? ['luajit', '/suite/program.lua'] : ['nginx', '-c', '/suite/nginx.conf']),
  )
  cleanUps.push(() => docker('rm', '-f', container))
  try {
    if (docker('inspect', '-f', '{{.State.Running}}', container) !== 'true')
      throw new Error(`${suite} ended: ${logs(container)}`)
    const server = await start(suite, container)
    const snapshots = []
    const refused = []
    for (let i = 0; i < Number(values.snapshots); i++) {
      await server.more(20)
      const { status, stdout, stderr } = await snap(container, server.pid, isAlone(suite) ? ['--any'] : [])
      if (status === 0) snapshots.push(JSON.parse(stdout))
      else refused.push(stderr.trim())
    }
    const served = await server.stop()
    return row(suite, { snapshots, refused, served })
  } finally {
    cleanUp()
  }
}

function row(suite, { snapshots, refused, served }) {
  const vms = snapshots.flatMap(({ vms }) => vms)
  const exact = vms.filter(({ gcTotal, accounted }) => gcTotal === accounted).length
  const most = Math.max(0, ...vms.map(({ reachable }) => Object.values(reachable).reduce((sum, [n]) => sum + n, 0)))
  const cells = [
    suite,
    [...new Set(vms.map(({ build }) => build))].join(', '),
    `${exact} of ${values.snapshots}`,
    snapshots.filter(({ freeze }) => freeze.attempts > 1).length,
    snapshots.filter(({ freeze }) => freeze.how === 'ran-on').length,
    served,
    most,
    `${(median(snapshots.map(({ freeze }) => freeze.pauseUs)) / 1000).toFixed(1)} ms`,
  ]
  console.log(`| ${cells.join(' | ')} |`)
  for (const text of new Set(refused)) console.log(`  refused: ${text}`)
  return exact === Number(values.snapshots)
}

const folder = mkdtempSync(join(tmpdir(), 'suites-'))
let isRight = true
try {
  writeFileSync(join(folder, 'nginx.conf'), conf)
  writeFileSync(join(folder, 'program.lua'), program)
  console.log('| suite | row of layout.c | exact | retried | ran on | requests | objects, most | pause, median |')
  console.log('|---|---|---|---|---|---|---|---|')
  for (const suite of wanted) isRight = (await measure(suite, folder)) && isRight
} finally {
  rmSync(folder, { recursive: true })
}
process.exitCode = isRight ? 0 : 1
