// npm run scenarios [NAME...] [-- --json FILE]: runs the catalogue, or those of its folders whose name begins with a NAME, and prints
// expected and seen findings side by side. Ends with 0 only if all are right. Written to --json: one row per scenario.
// --runtime container runs them in a container of docker/bookworm.Dockerfile instead of the OpenResty of this machine;
// --workers 2 gives each server as many workers that does not say how many itself; --plants tries all that is planted in the gateways.
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { parseArgs, stripVTControlCharacters } from 'node:util'
import { startVitest } from 'vitest/node'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    runtime: { type: 'string', default: 'local' },
    workers: { type: 'string', default: '1' },
    plants: { type: 'boolean', default: false },
  },
})
if (!['local', 'container'].includes(values.runtime)) {
  console.error(`scenarios: --runtime ${values.runtime} is none of local, container`)
  process.exit(2)
}
if (!/^[1-9]\d*$/.test(values.workers)) {
  console.error(`scenarios: --workers ${values.workers} is no number of workers; give a whole number from 1 up`)
  process.exit(2)
}
// vitest.config.ts reads the first two, planted.ts the last
process.env.SCENARIOS_RUNTIME = values.runtime
process.env.SCENARIOS_WORKERS = values.workers
process.env.SCENARIOS_PLANTS = values.plants ? 'all' : 'few'

/** What is worth a look in the report of a run: its growths, or else what had to be told apart from one. */
function findings({ growths = [], process, moved = [] }) {
  const off = (process?.growths ?? process ?? []).map((growth) => ({
    path: ['process', growth.category, growth.zone].filter(Boolean).join('.'),
    ...growth,
  }))
  if (growths.length > 0) return growths
  return off.length > 0 ? off : moved
}

/** `1.00 string, 0.60 cdata /request`, or entries or bytes where no object grew. */
function rateOf({ types = {}, entriesPerRequest, entries, bytesPerRequest, bytes }) {
  const rates = Object.entries(types)
    .map(([type, rate]) => [type, typeof rate === 'number' ? rate : rate.objectsPerRequest])
    .filter(([, rate]) => rate !== 0)
    .sort()
    .map(([type, rate]) => `${Number(rate.toPrecision(2))} ${type}`)
  if (rates.length > 0) return `${rates.join(', ')} /request`
  const [number, unit] =
    entriesPerRequest || entries ? [entriesPerRequest ?? entries, 'entry'] : [bytesPerRequest ?? bytes, 'B']
  return number ? `${Number(number.toPrecision(2))} ${unit} /request` : ''
}

/** One test of a scenario as a row of the table. */
function rowOf(test) {
  const folder = dirname(test.module.moduleId)
  const clean = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'))
  const { plant } = test.meta()
  const expected = plant ? clean.plants[plant] : clean
  const [report] = test.meta().openrestyLeak ?? []
  const [finding] = findings(report ?? {})
  return {
    scenario: [basename(folder), plant].filter(Boolean).join(': '),
    expected: [expected.verdict, ...[...expected.growths, ...(expected.process ?? [])].slice(0, 1).map(rateOf)].join(
      ' ',
    ),
    verdict: report?.verdict ?? 'none',
    class: finding?.class ?? '',
    path: finding?.path ?? '',
    rate: report?.growths.length || report?.process.growths.length ? rateOf(finding) : '',
    seconds: (test.diagnostic()?.duration ?? 0) / 1000,
    right: test.result().state === 'passed',
    errors: (test.result().errors ?? []).map(({ message, diff }) =>
      stripVTControlCharacters([message, diff].filter(Boolean).join('\n')),
    ),
    reasons: report?.reasons ?? [],
    rounds: findings(report ?? {}).map(({ class: kind, path, rounds }) => ({ class: kind, path, rounds })),
  }
}

const WIDTHS = [27, 40, 8, 10, 8]
function line(cells) {
  return cells
    .map((cell, column) => String(cell).padEnd(WIDTHS[column] ?? 0))
    .join(' ')
    .trimEnd()
}

/** Prints each row as it comes. */
class Table {
  rows = []
  broken = 0

  onInit() {
    console.log(line(['scenario', 'expected', 'verdict', 'class', 'seconds', 'rate and path']))
  }

  onTestCaseResult(test) {
    const row = rowOf(test)
    this.rows.push(row)
    const told = [row.scenario, row.expected, row.verdict, row.class, row.seconds.toFixed(1)]
    console.log(line([...told, `${row.right ? '' : 'WRONG  '}${[row.rate, row.path].filter(Boolean).join('  ')}`]))
    for (const error of row.errors) console.log(error.replace(/^/gm, '    '))
  }

  /** A file that cannot even be read has no test. */
  onTestModuleEnd(module) {
    for (const { message } of module.errors()) {
      this.broken++
      console.log(`${module.relativeModuleId}: ${message}`)
    }
  }
}

const table = new Table()
const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
const filters = names.map((name) => `scenarios/${name}`)
const config = { root, project: ['scenarios'], watch: false, reporters: [table] }
const vitest = await startVitest('test', filters, config, {}, { stdout: silent, stderr: process.stderr })
await vitest.close()

const { rows } = table
const wrong = rows.filter(({ right }) => !right)
const seconds = rows.reduce((sum, row) => sum + row.seconds, 0)
console.log(`\n${rows.length - wrong.length} of ${rows.length} right, ${seconds.toFixed(0)} s`)
if (wrong.length > 0) console.log(`wrong: ${wrong.map(({ scenario }) => scenario).join(', ')}`)
if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`)
process.exitCode = rows.length > 0 && wrong.length + table.broken === 0 ? 0 : 1
