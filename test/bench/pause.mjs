// What `resty-leak heap -p` costs those who ask the worker meanwhile, and what with `--freeze fork`, in turn:
// `node test/bench/pause.mjs [repeats] [requests/s] [MB of the worker]`. Least and median of each.
// One connection asks 1,000 times a second beside the load. Its worst gap between two answers is taken while nothing is read
// and while the heap is; the difference over the pause that the command reports is the ratio. No request may fail.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isMainThread, Worker, workerData } from 'node:worker_threads'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
/** Of a table of them, in MB of LuaJIT's heap. */
const STRINGS_PER_MB = 17_500

/** The probe, in a thread of its own: notes when each answer came, in ms since the epoch of this machine's clock. */
async function probe({ port, shared }) {
  const [worst, failed, answered] = [
    new Float64Array(shared, 0, 1),
    new Int32Array(shared, 8, 1),
    new Int32Array(shared, 12, 1),
  ]
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  await once(socket, 'connect')
  let last = performance.now()
  socket.on('data', (data) => {
    const now = performance.now()
    worst[0] = Math.max(worst[0], now - last)
    last = now
    answered[0]++
    if (!data.toString('latin1').startsWith('HTTP/1.1 200')) failed[0]++
    setTimeout(ask, 1)
  })
  socket.on('close', () => failed[0]++)
  const ask = () => socket.write('GET /t HTTP/1.1\r\nHost: probe\r\n\r\n')
  ask()
}

async function main() {
  const { bootRuntime } = await import('../../build/plugin/runtime/boot.js')
  const { load } = await import('../../build/plugin/load/client/autocannon.js')
  const [repeats, rate, megabytes] = [2, 3, 4].map((at, index) => Number(process.argv[at] ?? [20, 1000, 200][index]))
  const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]
  const folder = mkdtempSync(join(tmpdir(), 'pause-bench-'))
  const code = `local t = {} for i = 1, ${Math.round(megabytes * STRINGS_PER_MB)} do t[i] = "hello " .. i end package.loaded.bench = t`
  writeFileSync(
    join(folder, 'nginx.conf'),
    `events {}\nhttp { server { listen 127.0.0.1:18890; location = /make { content_by_lua_block { collectgarbage("stop") ${code} ngx.print("ok") } } location = /t { content_by_lua_block { ngx.print("ok") } } } }\n`,
  )
  const runtime = await bootRuntime({ conf: join(folder, 'nginx.conf'), runtime: 'local', workers: 1 })
  const shared = new SharedArrayBuffer(16)
  const [worst, failed, answered] = [
    new Float64Array(shared, 0, 1),
    new Int32Array(shared, 8, 1),
    new Int32Array(shared, 12, 1),
  ]
  let thread
  try {
    await (await fetch(`${runtime.url}/make`)).text()
    const [{ pid }] = await runtime.workers()
    thread = new Worker(fileURLToPath(import.meta.url), {
      workerData: { port: Number(new URL(runtime.url).port), shared },
    })
    const plan = {
      requests: [{ path: '/t' }],
      connections: 10,
      amount: Number.POSITIVE_INFINITY,
      durationS: 5,
      rate,
      expectStatus: [[200, 200]],
    }
    const json = join(folder, 'heap.json')
    const rows = { stop: [], fork: [] }
    let [loaded, lost] = [0, 0]
    for (const freeze of Array.from({ length: repeats }, () => Object.keys(rows)).flat()) {
      const loading = load(runtime, plan)
      await sleep(300)
      worst[0] = 0
      const began = performance.now()
      const child = spawn(process.execPath, [MAIN, 'heap', '-p', String(pid), '--freeze', freeze, '--json', json], {
        stdio: 'ignore',
      })
      const [status] = await once(child, 'close')
      if (status !== 0) throw new Error(`resty-leak heap ended with ${status}`)
      const took = performance.now() - began
      const withIt = worst[0]
      worst[0] = 0
      await sleep(took)
      const without = worst[0]
      const [{ pauseMs }] = JSON.parse(readFileSync(json, 'utf8')).workers
      rows[freeze].push({ withIt, without, pauseMs, ratio: (withIt - without) / pauseMs })
      const { completed, unexpected, errors } = await loading
      loaded += completed
      lost += unexpected + Object.values(errors).reduce((sum, count) => sum + count, 0)
    }
    lost += failed[0]
    console.table(
      Object.entries(rows).map(([freeze, taken]) => {
        const of = (pick) => {
          const values = taken.map(pick)
          return `${Math.min(...values).toFixed(1)}, ${median(values).toFixed(1)}`
        }
        return {
          freeze,
          'pause ms': of(({ pauseMs }) => pauseMs),
          'worst gap with, ms': of(({ withIt }) => withIt),
          'worst gap without, ms': of(({ without }) => without),
          '(with - without) / pause': of(({ ratio }) => ratio),
        }
      }),
    )
    console.table([{ requests: loaded, 'of the probe': answered[0], failed: lost }])
    process.exitCode = lost === 0 ? 0 : 1
  } finally {
    await thread?.terminate()
    await runtime[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  }
}

await (isMainThread ? main() : probe(workerData))
