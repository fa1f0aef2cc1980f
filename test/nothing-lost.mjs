// node test/nothing-lost.mjs [--runs 20] [--amount 200000] [--connections 50]: measures a worker that loses nothing
// (test/e2e/load/ordinary.conf) again and again. Ends with 0 only if no run saw lost memory grow, or anything else leak.
// Prints how many blocks were lost, snapshot by snapshot.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    amount: { type: 'string', default: '200000' },
    connections: { type: 'string', default: '50' },
  },
})
const [runs, amount, connections] = [values.runs, values.amount, values.connections].map(Number)
if (![runs, amount, connections].every((number) => Number.isInteger(number) && number >= 1)) {
  console.error('nothing-lost: --runs, --amount and --connections are whole numbers from 1 up')
  process.exit(2)
}
const build = new URL('../build/plugin/', import.meta.url)
if (!existsSync(build)) {
  console.error('nothing-lost: build/ is missing. Build it first: npm ci (or npm run build).')
  process.exit(2)
}
const { bootRuntime } = await import('../build/plugin/runtime/boot.js')
const { measure } = await import('../build/plugin/measure/measure.js')
const { makePlan } = await import('../build/plugin/measure/plan.js')

/** Each is as frequent as the others; those over TLS have connections of their own. */
const REQUESTS = [
  '/t?name={n}',
  { path: '/body', method: 'POST', body: 'x'.repeat(8000) },
  '/parts',
  '/socket',
  '/timer',
  '/upstream',
  '/stream',
  'https://127.0.0.1:8443/t',
]

/** The runtime, with blocks that nothing points at counted in each snapshot that is taken of it. */
function counting(runtime, lost) {
  const snapshot = async (pid) => {
    const taken = await runtime.snapshot(pid)
    const soon = taken.vms.reduce((sum, { garbageMalloc }) => sum + garbageMalloc.other[0], 0)
    lost.push(taken.process.malloc.lost.blocks + soon)
    return taken
  }
  return new Proxy(runtime, {
    get: (target, key) => {
      if (key === 'snapshot') return snapshot
      const value = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

async function run() {
  const conf = fileURLToPath(new URL('e2e/load/ordinary.conf', import.meta.url))
  const runtime = await bootRuntime({ conf, runtime: 'local' })
  const lost = []
  try {
    const plan = makePlan({
      requests: REQUESTS,
      amount,
      connections,
      further: [],
      confirm: [1000, 2000],
      locate: false,
    })
    return { report: await measure(counting(runtime, lost), plan), lost }
  } finally {
    await runtime[Symbol.asyncDispose]()
  }
}

let clean = 0
for (let number = 1; number <= runs; number++) {
  const { report, lost } = await run()
  const { growths = [], moved = [] } = report.process
  const ofLost = [...growths, ...moved].filter(({ holder }) => holder === 'lost')
  const isClean = report.verdict === 'ok' && ofLost.length === 0
  if (isClean) clean++
  console.log(`${number} ${isClean ? 'clean' : 'WRONG'} ${report.verdict}, lost blocks by snapshot: ${lost.join(' ')}`)
  if (!isClean)
    console.log(
      JSON.stringify({
        reasons: report.reasons,
        growths: report.growths.map(({ path }) => path),
        process: growths,
        moved: ofLost,
      }),
    )
}
console.log(`\nnothing lost in ${clean} of ${runs} runs of ${amount} requests`)
process.exitCode = clean === runs ? 0 : 1
