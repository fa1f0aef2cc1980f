// node test/soak.mjs [--seed 1] [--runs 100] [--from 1] [--plant] [--burn] [--jobs 1] [--keep FOLDER] [--draw] [NAME...]
// Applications put together at random of patterns that real code has (test/soak/), one server each: those that leak nothing must hold
// their heap, and with --plant the one leak that each of them has must be found where it is. NAMEs restrict what is drawn, to patterns or plants.
// The same seed draws the same applications; --from 17 --runs 1 repeats the 17th of them. --burn keeps one core busy in every second run,
// --draw only prints what would run. Failures are kept in a folder of their own, with conf, report and output.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, stripVTControlCharacters } from 'node:util'
import { Worker } from 'node:worker_threads'
import { describe, drawApplication, writeApplication } from './soak/application.mjs'
import { PATTERNS } from './soak/patterns.mjs'
import { PLANTS } from './soak/plants.mjs'
import { growthsOf, whatIsWrong } from './soak/verdict.mjs'

const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    plant: { type: 'boolean', default: false },
    burn: { type: 'boolean', default: false },
    keep: { type: 'string' },
    draw: { type: 'boolean', default: false },
  },
})
const [seed, runs, from, jobs] = ['seed', 'runs', 'from', 'jobs'].map(wholeNumber)
const patterns = named(PATTERNS)
const plants = named(PLANTS)
refuseUnknownNames()

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
if (values.draw) {
  for (let number = from; number < from + runs; number++) console.log(`${number} ${lineOf(applicationOf(number))}`)
  process.exit(0)
}
if (!existsSync(main)) {
  console.error('soak: dist/ is missing. Build it first: npm ci (or npm run build).')
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), 'openresty-leak-soak-'))
const kept = values.keep ? resolve(values.keep) : `${folder}-failures`
/** Share of applications without a plant for which a run may say that it does not know. */
const INCONCLUSIVE = 0.01
const ended = new AbortController()

function wholeNumber(option) {
  const number = Number(values[option])
  if (Number.isInteger(number) && number >= 1) return number
  console.error(`soak: --${option} ${values[option]} is not usable; give a whole number from 1 up`)
  process.exit(2)
}

/** Those that were named, or all where none was. */
function named(all) {
  const some = all.filter(({ name }) => names.includes(name))
  return some.length > 0 ? some : all
}

function refuseUnknownNames() {
  const known = [...PATTERNS, ...PLANTS].map(({ name }) => name)
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length === 0) return
  console.error(`soak: nothing is named ${unknown.join(', ')}; there are ${known.join(', ')}`)
  process.exit(2)
}

/** The seeds of one --seed are far from those of the next. */
function applicationOf(number) {
  return drawApplication(seed * 100_000 + number, { planted: values.plant, patterns, plants })
}

function lineOf({ modules, plant, connections, waitMs }) {
  const parts = [...(plant ? [`PLANT ${describe(plant)}`] : []), ...modules.map(describe)]
  return `${parts.join(' + ')}, ${connections} connections${waitMs > 0 ? `, ${waitMs} ms each` : ''}`
}

async function measure(application, work) {
  writeApplication(application, work)
  const json = join(work, 'report.json')
  const target = ['--request', '/t?n={n}&id={uuid}', '--connections', String(application.connections)]
  const args = [main, 'run', join(work, 'nginx.conf'), ...target, '--runtime', 'local', '--json', json]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], signal: ended.signal })
  child.on('error', () => {})
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text) => {
      output += text
    })
  }
  const [code, signal] = await once(child, 'close')
  writeFileSync(join(work, 'output.txt'), stripVTControlCharacters(output))
  return { code: code ?? signal, report: existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : undefined }
}

/** One application from its draw to its line; what is known of it, if that is wrong, goes to the folder of failures. */
async function runOne(number) {
  const application = applicationOf(number)
  const work = join(folder, String(number))
  mkdirSync(work)
  const began = performance.now()
  const { code, report } = await measure(application, work)
  const seconds = (performance.now() - began) / 1000
  const wrong = whatIsWrong(report, code, application.plant?.kind)
  const verdict = report?.verdict ?? 'none'
  console.log(
    `${String(number).padStart(4)} ${wrong ? 'WRONG' : 'right'} ${verdict.padEnd(12)} ${seconds.toFixed(0).padStart(3)} s  ${lineOf(application)}`,
  )
  if (wrong) {
    console.log(`       ${wrong}`)
    for (const { kind, path, rounds } of report ? growthsOf(report) : []) {
      console.log(`       ${kind} ${path} ${JSON.stringify(rounds ?? [])}`)
    }
    cpSync(work, join(kept, `${seed}-${number}`), { recursive: true })
  }
  rmSync(work, { recursive: true, force: true })
  return { number, verdict, wrong }
}

async function runAll() {
  const results = []
  let next = from
  const lane = async () => {
    while (next < from + runs && !ended.signal.aborted) {
      const number = next++
      const burner = values.burn && number % 2 === 0 ? new Worker('for (;;);', { eval: true }) : undefined
      try {
        results.push(await runOne(number))
      } finally {
        await burner?.terminate()
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(jobs, runs) }, lane))
  return results
}

function summarize(results) {
  const wrong = results.filter((result) => result.wrong)
  const undecided = values.plant ? [] : wrong.filter(({ verdict }) => verdict === 'inconclusive')
  const passed = wrong.length === undecided.length && undecided.length <= INCONCLUSIVE * results.length
  console.log(`\n${results.length - wrong.length} of ${results.length} right, ${undecided.length} inconclusive`)
  if (wrong.length > 0) console.log(`wrong: ${wrong.map(({ number }) => number).join(', ')}; kept in ${kept}`)
  return passed
}

process.on('exit', () => {
  rmSync(folder, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    ended.abort()
    process.exit(130)
  })
}
process.exitCode = summarize(await runAll()) ? 0 : 1
