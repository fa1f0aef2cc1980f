// node test/catalogue.mjs [--runs 20] [--burn] [--json FILE] [NAME...]
// The scenarios again and again, to see whether a verdict ever flips. --burn keeps one core busy in every second run.
// For those whose numbers differ from run to run: --runs 50 lazy- jit-churn one-in-a-thousand resolver-waits coroutines
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'

const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '20' },
    burn: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
})
const runs = Number(values.runs)
if (!Number.isInteger(runs) || runs < 1) {
  console.error(`catalogue: --runs ${values.runs} is no number of runs; give a whole number from 1 up`)
  process.exit(2)
}

const script = fileURLToPath(new URL('../scenarios/run.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'openresty-leak-catalogue-'))
const ended = new AbortController()
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    ended.abort()
    process.exit(130)
  })
}

/** One run of the catalogue: its rows, and those of them that are wrong with all that is known of them. */
async function runOnce(number, burn) {
  const burner = burn ? new Worker('for (;;);', { eval: true }) : undefined
  try {
    const json = join(folder, `${number}.json`)
    const child = spawn(process.execPath, [script, ...names, '--json', json], {
      stdio: ['ignore', 'ignore', 'inherit'],
      signal: ended.signal,
    })
    const [code, signal] = await once(child, 'close')
    if (signal || (code !== 0 && code !== 1))
      throw new Error(`run ${number} of the catalogue ended with ${signal ?? code}`)
    return JSON.parse(readFileSync(json, 'utf8'))
  } finally {
    await burner?.terminate()
  }
}

/** The class of what moved most, or else the verdict. */
const classOf = (row) => row.class || row.verdict

const seen = new Map()
let [rows, wrong] = [0, 0]
for (let number = 1; number <= runs; number++) {
  const burn = values.burn && number % 2 === 0
  const began = performance.now()
  const now = await runOnce(number, burn)
  const flips = now.filter(({ right }) => !right)
  rows += now.length
  wrong += flips.length
  for (const row of now) seen.set(row.scenario, [...(seen.get(row.scenario) ?? []), { run: number, burn, ...row }])
  const took = ((performance.now() - began) / 1000).toFixed(0)
  console.log(
    `run ${number} of ${runs}${burn ? ', one core busy' : ''}: ${now.length - flips.length} of ${now.length} right, ${took} s`,
  )
  for (const { scenario, verdict, rounds, errors, reasons } of flips) {
    console.log(
      `  ${scenario}: ${verdict}\n${[...reasons, ...errors].join('\n').replace(/^/gm, '    ')}\n    ${JSON.stringify(rounds)}`,
    )
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify(Object.fromEntries(seen), null, 2)}\n`)
}

console.log('\nscenario                    right     classes seen')
for (const [scenario, all] of seen) {
  const right = `${all.filter((row) => row.right).length}/${all.length}`
  const classes = [...new Set(all.map(classOf))]
  console.log(
    `${scenario.padEnd(27)} ${right.padEnd(9)} ${classes.map((found) => `${found} ${all.filter((row) => classOf(row) === found).length}`).join(', ')}`,
  )
}
console.log(`\n${rows} verdicts in ${runs} runs, ${wrong} wrong`)
process.exitCode = wrong === 0 ? 0 : 1
