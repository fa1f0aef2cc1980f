// What it costs to say who holds malloc: `node test/bench/malloc.mjs [repeats]`. A snapshot with all of the process is followed at once by
// one of the Lua heap alone, which copies the same bytes: the analysis is what the first takes longer, outside of the freeze.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { walkerPath } from '../../dist/heapwalk/walker-path.js'
import { bootRuntime } from '../../dist/runtime/boot.js'

const repeats = Number(process.argv[2] ?? 7)
/** Blocks that an array of Lua has, each of which points at one far away. */
const blocks = (count) => `
  local ffi = require "ffi"
  ffi.cdef "struct block { struct block *next; char bytes[80]; }; void *malloc(size_t);"
  local all = ffi.new("struct block *[?]", ${count})
  for i = 0, ${count} - 1 do all[i] = ffi.C.malloc(88) end
  for i = 0, ${count} - 1 do all[i].next = all[(i * 2654435761) % ${count}] end
  package.loaded.bench = all`
const workloads = { 'little malloc': '', '3 M blocks, 300 MB': blocks(3e6) }
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]
const folder = mkdtempSync(join(tmpdir(), 'malloc-bench-'))

function snap(pid, ...options) {
  const file = join(folder, 'snapshot.json')
  const start = performance.now()
  const args = ['snap', '-p', String(pid), '-o', file, '--print-rss', ...options]
  const { status, stderr } = spawnSync(walkerPath(), args, { encoding: 'utf8' })
  const totalMs = performance.now() - start
  if (status !== 0) throw new Error(stderr)
  const { timesUs, freeze, process } = JSON.parse(readFileSync(file, 'utf8'))
  const outside = timesUs.find + timesUs.claim + timesUs.mark + timesUs.write
  const rss = Number(/^rss (\d+)/m.exec(stderr)[1])
  return { totalMs, pauseMs: timesUs.pause / 1000, outsideMs: outside / 1000, copied: freeze.copiedBytes, rss, process }
}

async function measure(name, code) {
  const make = `content_by_lua_block { collectgarbage("stop") ${code} ngx.print("ok") }`
  const conf = `events {}\nhttp { server { listen 127.0.0.1:18891; location = /make { ${make} } } }\n`
  writeFileSync(join(folder, 'nginx.conf'), conf)
  const runtime = await bootRuntime({ conf: join(folder, 'nginx.conf'), runtime: 'local', workers: 1 })
  try {
    const made = await fetch(`${runtime.url}/make`)
    if (made.status !== 200) throw new Error(await runtime.errorLog())
    const [{ pid }] = await runtime.workers()
    snap(pid) // the first maps what the later ones find mapped
    const pairs = Array.from({ length: repeats }, () => ({ whole: snap(pid), heap: snap(pid, '--heap-only') }))
    const of = (pick) => +median(pairs.map(pick)).toFixed(1)
    const [{ whole }] = pairs
    return {
      workload: name,
      blocks: whole.process.malloc.blocks,
      'copied MB': +(whole.copied / 1e6).toFixed(1),
      'pause ms': of((pair) => pair.whole.pauseMs),
      'pause without, ms': of((pair) => pair.heap.pauseMs),
      'analysis ms': of((pair) => pair.whole.outsideMs - pair.heap.outsideMs),
      'RSS / copied': +median(pairs.map((pair) => pair.whole.rss / pair.whole.copied)).toFixed(2),
    }
  } finally {
    await runtime[Symbol.asyncDispose]()
  }
}

try {
  const rows = []
  for (const [name, code] of Object.entries(workloads)) rows.push(await measure(name, code))
  console.table(rows)
} finally {
  rmSync(folder, { recursive: true })
}
