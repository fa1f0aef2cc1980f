// What it costs to say who holds malloc: `node test/bench/malloc.mjs [repeats] [HEAPWALK]`. A snapshot with all of the process is followed
// at once by one of the Lua heap alone, which copies the same bytes: the analysis is what the first takes longer, outside of the freeze.
// With another HEAPWALK, such as one built without what is to be measured, each pair becomes three. Of each figure the least is told:
// whatever else the machine does only adds to it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { walkerPath } from '../../build/plugin/heapwalk/walker-path.js'
import { bootRuntime } from '../../build/plugin/runtime/boot.js'

const repeats = Number(process.argv[2] ?? 7)
const other = process.argv[3]
/** Blocks that an array of Lua has, each of which points at one far away. */
const blocks = (count) => `
  local ffi = require "ffi"
  ffi.cdef "struct block { struct block *next; char bytes[80]; }; void *malloc(size_t);"
  local all = ffi.new("struct block *[?]", ${count})
  for i = 0, ${count} - 1 do all[i] = ffi.C.malloc(88) end
  for i = 0, ${count} - 1 do all[i].next = all[(i * 2654435761) % ${count}] end
  package.loaded.bench = all`
const workloads = { 'little malloc': '', '3 M blocks, 300 MB': blocks(3e6) }
const folder = mkdtempSync(join(tmpdir(), 'malloc-bench-'))

function snap(pid, options = [], heapwalk = walkerPath()) {
  const file = join(folder, 'snapshot.json')
  const start = performance.now()
  const args = ['snap', '-p', String(pid), '-o', file, '--print-rss', ...options]
  const { status, stderr } = spawnSync(heapwalk, args, { encoding: 'utf8' })
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
    const pairs = Array.from({ length: repeats }, () => ({
      whole: snap(pid),
      heap: snap(pid, ['--heap-only']),
      ...(other && { other: snap(pid, [], other) }),
    }))
    const least = (pick) => Math.min(...pairs.map(pick))
    const [{ whole }] = pairs
    return {
      workload: name,
      blocks: whole.process.malloc.blocks,
      'copied MB': +(whole.copied / 1e6).toFixed(1),
      'pause ms': +least((pair) => pair.whole.pauseMs).toFixed(1),
      'pause of the heap alone, ms': +least((pair) => pair.heap.pauseMs).toFixed(1),
      ...(other && { 'pause of the other, ms': +least((pair) => pair.other.pauseMs).toFixed(1) }),
      'analysis ms': +(least((pair) => pair.whole.outsideMs) - least((pair) => pair.heap.outsideMs)).toFixed(1),
      'RSS / copied': +least((pair) => pair.whole.rss / pair.whole.copied).toFixed(2),
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
