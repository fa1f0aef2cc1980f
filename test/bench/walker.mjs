// What a snapshot costs, by workload: `node test/bench/walker.mjs [repeats] [workload]`. Needs a C compiler.
// A large workload is run where it is named alone: `node test/bench/walker.mjs 1 "32 M objects"` needs 10 GB of memory.
// Each snapshot is followed at once by its yardstick, copy.c, and the ratios are medians of those pairs: other load on
// the machine slows both.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { walkerPath } from '../../build/plugin/heapwalk/walker-path.js'
import { bootRuntime } from '../../build/plugin/runtime/boot.js'

const repeats = Number(process.argv[2] ?? 7)
const only = process.argv[3]
const strings = (millions) =>
  `local t = {} for i = 1, ${millions}e6 do t[i] = "hello " .. i end package.loaded.bench = t`
const workloads = {
  'idle worker': '',
  '4 M strings': strings(4),
  '1 M tables, 2 M children': 'local t = {} for i = 1, 1e6 do t[i] = { {}, "s" .. i } end package.loaded.bench = t',
  '200 k coroutines':
    'local t = {} for i = 1, 2e5 do t[i] = coroutine.create(function() coroutine.yield() end) end package.loaded.bench = t',
  '2 M shuffled hash keys':
    'local t = {} for i = 1, 2e6 do t[string.format("%08x", (i * 2654435761) % 4294967296)] = true end package.loaded.bench = t',
  '0.5 M strings': strings(0.5),
  '1 M strings': strings(1),
  '2 M strings': strings(2),
  '8 M strings': strings(8),
}
const large = {
  '32 M objects, 4 GB': `local t, text = {}, ("x"):rep(160)
    for i = 1, 10.7e6 do t[i] = { {}, text .. i } end package.loaded.bench = t`,
}
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]
const folder = mkdtempSync(join(tmpdir(), 'walker-bench-'))

const yardstick = join(folder, 'copy')
execFileSync('cc', ['-O2', '-o', yardstick, fileURLToPath(new URL('copy.c', import.meta.url)), '-pthread'])

/** One snapshot: wall time by us, the start of the process included; peak memory by itself. */
function snap(pid, ...options) {
  const file = join(folder, 'snapshot.json')
  const start = performance.now()
  const { status, stderr } = spawnSync(
    walkerPath(),
    ['snap', '-p', String(pid), '-o', file, '--print-rss', ...options],
    {
      encoding: 'utf8',
    },
  )
  const totalMs = performance.now() - start
  if (status !== 0) throw new Error(stderr)
  const snapshot = JSON.parse(readFileSync(file, 'utf8'))
  return { totalMs, snapshot, rss: Number(/^rss (\d+)/m.exec(stderr)[1]) }
}

/** A snapshot, what copying the same bytes costs bare, and a snapshot with the whole process's memory. */
function run(pid) {
  const { totalMs, snapshot, rss } = snap(pid, '--heap-only')
  const [bytes, memcpyUs, readUs] = execFileSync(yardstick, [String(pid)], { encoding: 'utf8' })
    .split(' ')
    .map(Number)
  const { copiedBytes } = snapshot.freeze
  if (Math.abs(bytes - copiedBytes) > 0.02 * copiedBytes) throw new Error(`copied ${copiedBytes}, to compare: ${bytes}`)
  const whole = snap(pid)
  return {
    snapshot,
    totalMs,
    pauseMs: snapshot.timesUs.pause / 1000,
    findMs: snapshot.timesUs.find / 1000,
    markMs: snapshot.timesUs.mark / 1000,
    memcpyGBs: bytes / 1000 / memcpyUs,
    pauseRatio: snapshot.timesUs.pause / readUs,
    totalRatio: (totalMs * 1000) / memcpyUs,
    rssRatio: rss / copiedBytes,
    wholePauseMs: whole.snapshot.timesUs.pause / 1000,
    wholeTotalMs: whole.totalMs,
  }
}

async function measure(name, code) {
  writeFileSync(
    join(folder, 'nginx.conf'),
    `events {}\nhttp { server { listen 127.0.0.1:18889; location = /make { content_by_lua_block { collectgarbage("stop") ${code} ngx.print("ok") } } } }\n`,
  )
  const runtime = await bootRuntime({ conf: join(folder, 'nginx.conf'), runtime: 'local', workers: 1 })
  try {
    await (await fetch(`${runtime.url}/make`)).text()
    const [{ pid }] = await runtime.workers()
    snap(pid) // the first maps what the later ones find mapped
    const runs = Array.from({ length: repeats }, () => run(pid))
    const { snapshot } = runs[0]
    const bytes = snapshot.freeze.copiedBytes
    const objects = Object.values(snapshot.vms[0].reachable).reduce((sum, [count]) => sum + count, 0)
    const of = (pick) => median(runs.map(pick))
    const spread = (pick, digits) => {
      const values = runs.map(pick)
      return `${of(pick).toFixed(digits)} (${Math.min(...values).toFixed(digits)}-${Math.max(...values).toFixed(digits)})`
    }
    return {
      workload: name,
      objects,
      MB: +(bytes / 1e6).toFixed(1),
      'pause ms': +of((r) => r.pauseMs).toFixed(1),
      'pause / bare copy': spread((r) => r.pauseRatio, 2),
      'copy GB/s': +(bytes / 1e6 / of((r) => r.pauseMs)).toFixed(1),
      'memcpy GB/s': +of((r) => r.memcpyGBs).toFixed(1),
      'prove ms': +of((r) => r.findMs).toFixed(1),
      'mark ns/object': +((of((r) => r.markMs) * 1e6) / objects).toFixed(1),
      'total ms': spread((r) => r.totalMs, 1),
      'total / memcpy': spread((r) => r.totalRatio, 1),
      'RSS / copied': +of((r) => r.rssRatio).toFixed(2),
      'whole process: pause, total ms': `${of((r) => r.wholePauseMs).toFixed(1)}, ${of((r) => r.wholeTotalMs).toFixed(1)}`,
    }
  } finally {
    await runtime[Symbol.asyncDispose]()
  }
}

try {
  const rows = []
  for (const [name, code] of Object.entries(only ? { ...workloads, ...large } : workloads))
    if (!only || name.includes(only)) rows.push(await measure(name, code))
  console.table(rows)
} finally {
  rmSync(folder, { recursive: true })
}
