// wrk and this package's load side by side: `node test/bench/wrk.mjs [seconds] [connections]`, default 10 s and 50.
// Same server, one client thread each, alternating five times; ratios are taken within this one run.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from '../../build/plugin/load/client/autocannon.js'
import { bootRuntime } from '../../build/plugin/runtime/boot.js'

const seconds = Number(process.argv[2] ?? 10)
const connections = Number(process.argv[3] ?? 50)
const ROUNDS = 5
const TICKS_PER_SECOND = 100
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/** wrk's times, such as 1.25ms, in microseconds. */
function microseconds(text) {
  const [, value, unit] = /^([\d.]+)(us|ms|s|m)$/.exec(text)
  return Number(value) * { us: 1, ms: 1e3, s: 1e6, m: 60e6 }[unit]
}

/** User and system time of a running process, in microseconds. */
function cpuUs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1e6
}

async function byWrk(url) {
  const args = ['-t1', `-c${connections}`, `-d${seconds}`, '--latency', url]
  const child = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (data) => (text += data))
  // Its time is gone with it: the last look before its end counts, which misses 20 ms at most.
  let cpu = 0
  const watch = setInterval(() => {
    try {
      cpu = cpuUs(child.pid)
    } catch {
      // It ended between two looks; what was seen last stands.
    }
  }, 20)
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  clearInterval(watch)
  if (code !== 0) throw new Error(`wrk ended with ${code}:\n${text}`)
  const requests = Number(/(\d+) requests in/.exec(text)[1])
  const percentile = (p) => microseconds(new RegExp(`^ +${p}% +(\\S+)`, 'm').exec(text)[1])
  const rate = Number(/Requests\/sec: +([\d.]+)/.exec(text)[1])
  return { rate, p50: percentile(50), p99: percentile(99), cpu: cpu / requests }
}

async function byLoad(runtime) {
  const before = process.cpuUsage()
  const plan = {
    requests: [{ path: '/t' }],
    amount: Number.POSITIVE_INFINITY,
    durationS: seconds,
    connections,
    expectStatus: [[200, 399]],
  }
  const { completed, requestsPerSecond, latencyUs } = await load(runtime, plan)
  const { user, system } = process.cpuUsage(before)
  return { rate: requestsPerSecond, p50: latencyUs.p50, p99: latencyUs.p99, cpu: (user + system) / completed }
}

const folder = mkdtempSync(join(tmpdir(), 'wrk-bench-'))
try {
  const conf = join(folder, 'nginx.conf')
  writeFileSync(
    conf,
    'events {}\nhttp { server { listen 18890; location = /t { content_by_lua_block { ngx.print("hello") } } } }\n',
  )
  const runtime = await bootRuntime({ conf, runtime: 'local', workers: 1 })
  const rounds = []
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const wrk = await byWrk(`${runtime.url}/t`)
      const ours = await byLoad(runtime)
      rounds.push({ wrk, ours })
      console.log(`round ${round + 1}: wrk ${wrk.rate.toFixed(0)}/s, load ${ours.rate.toFixed(0)}/s`)
    }
  } finally {
    await runtime[Symbol.asyncDispose]()
  }
  const row = (who) => ({
    'requests/s': Math.round(median(rounds.map((round) => round[who].rate))),
    'p50 us': Math.round(median(rounds.map((round) => round[who].p50))),
    'p99 us': Math.round(median(rounds.map((round) => round[who].p99))),
    'client CPU us/request': +median(rounds.map((round) => round[who].cpu)).toFixed(2),
  })
  console.table({ wrk: row('wrk'), load: row('ours') })
  const ratios = rounds.map(({ wrk, ours }) => ours.rate / wrk.rate)
  console.log(
    `throughput, load / wrk: median ${median(ratios).toFixed(2)}, ${ratios.map((ratio) => ratio.toFixed(2)).join(' ')}`,
  )
} finally {
  rmSync(folder, { recursive: true })
}
