// What a snapshot costs, by workload: `node test/bench/walker.mjs [repeats]`. All ratios are taken within this one run.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { walkerPath } from '../../dist/heap/walker-path.js'
import { bootRuntime } from '../../dist/runtime/boot.js'
import { memcpyMs } from './memcpy.mjs'

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
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
const folder = mkdtempSync(join(tmpdir(), 'walker-bench-'))

/** One snapshot under /usr/bin/time-like accounting: wall time by us, memory by the kernel. */
function snap(pid) {
  const file = join(folder, 'snapshot.json')
  const start = performance.now()
  const { status, stderr } = spawnSync(
    walkerPath(),
    ['snap', '-p', String(pid), '-o', file, '--heap-only', '--print-rss'],
    {
      encoding: 'utf8',
    },
  )
  const totalMs = performance.now() - start
  if (status !== 0) throw new Error(stderr)
  const snapshot = JSON.parse(readFileSync(file, 'utf8'))
  return { totalMs, snapshot, rss: Number(/^rss (\d+)/m.exec(stderr)?.[1] ?? 0) }
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
    const runs = Array.from({ length: repeats }, () => snap(pid))
    const { snapshot } = runs[0]
    const bytes = snapshot.freeze.copiedBytes
    const copy = await memcpyMs(bytes)
    const ms = (pick) => median(runs.map(({ snapshot: { timesUs } }) => pick(timesUs))) / 1000
    const objects = Object.values(snapshot.vms[0].reachable).reduce((sum, [count]) => sum + count, 0)
    const total = median(runs.map(({ totalMs }) => totalMs))
    return {
      workload: name,
      objects,
      MB: +(bytes / 1e6).toFixed(1),
      'pause ms': +ms((t) => t.pause).toFixed(1),
      'copy GB/s': +(bytes / 1e6 / ms((t) => t.pause)).toFixed(1),
      'memcpy GB/s': +(bytes / 1e6 / copy.one).toFixed(1),
      'pause / 2-thread copy': +(ms((t) => t.pause) / copy.two).toFixed(2),
      'prove ms': +ms((t) => t.find).toFixed(1),
      'mark ns/object': +((ms((t) => t.mark) * 1e6) / objects).toFixed(1),
      'total ms': +total.toFixed(1),
      'total / memcpy': +(total / copy.one).toFixed(1),
      'RSS / copied': +(median(runs.map(({ rss }) => rss)) / bytes).toFixed(2),
    }
  } finally {
    await runtime[Symbol.asyncDispose]()
  }
}

try {
  const rows = []
  for (const [name, code] of Object.entries(workloads))
    if (!only || name.includes(only)) rows.push(await measure(name, code))
  console.table(rows)
} finally {
  rmSync(folder, { recursive: true })
}
