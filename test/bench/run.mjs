// Where the time of `resty-leak run` on a clean endpoint goes: `node test/bench/run.mjs [runs]`, default 5, of what `npm run build` made.
// The run is held against what it cannot do without: its own load, and the waits between two looks at nginx's counters. nginx ends while the
// report is made, so that both are one figure.
// All is read from the log of one run (DEBUG), so that the ratios hold on a busy machine, too; processor time is the least of several.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const runs = Number(process.argv[2] ?? 5)
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

const CONF =
  'events {}\nhttp { server { listen 18891; location = /t { content_by_lua_block { ngx.print("hello") } } } }\n'

/** One run. @returns its log as lines with their times, when it was started and when it was over, in ms */
async function run(conf) {
  const startMs = Date.now()
  const env = { ...process.env, DEBUG: 'openresty-leak:*' }
  const child = spawn(process.execPath, [main, 'run', conf, '--request', '/t?x={n}'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  let said = ''
  child.stderr.on('data', (data) => (log += data))
  child.stdout.on('data', (data) => (said += data))
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  const endMs = Date.now()
  if (code !== 0) throw new Error(`the run ended with ${code}:\n${said}${log}`)
  const lines = log.split('\n').flatMap((line) => {
    const [, time, part, text] = /^(\S+Z) openresty-leak:(\S+) (.*)$/.exec(line) ?? []
    return time ? [{ ms: Date.parse(time), part, text }] : []
  })
  return { startMs, endMs, lines }
}

/** The parts of a run, in ms; together they are all of it. */
function parts({ startMs, endMs, lines }) {
  const at = (pattern) => lines.find(({ text }) => pattern.test(text)).ms
  const answersMs = at(/ answers, /)
  const quitMs = at(/^> quit/)
  const looked = /^(counters|snap) -p .* ended with /
  const lastMs = lines.findLast(({ text }) => looked.test(text)).ms
  let load = 0
  let waits = 0
  let snapshots = 0
  lines.forEach(({ ms, text }, index) => {
    load += Number(/ completed in (\d+) ms/.exec(text)?.[1] ?? 0)
    const next = lines[index + 1]
    if (looked.test(text) && /^> (counters|snap) /.test(next?.text)) waits += next.ms - ms
    if (/^> snap /.test(text)) snapshots += lines.find((line, later) => later > index && looked.test(line.text)).ms - ms
  })
  const all = endMs - startMs
  const known = {
    start: lines[0].ms - startMs,
    boot: answersMs - lines[0].ms,
    load,
    waits,
    snapshots,
    judging: quitMs - lastMs,
    'report, stop': endMs - quitMs,
  }
  const rest = all - Object.values(known).reduce((sum, each) => sum + each)
  return { ...known, rest, all, 'all / (load + waits)': all / (load + waits) }
}

/** User and system time of a command of Node, in ms: the least of several. */
function cpuMs(...args) {
  const times = Array.from({ length: 5 }, () => {
    const timed = ['-c', 'TIMEFORMAT="%U %S"; time "$@" > /dev/null', 'bash', process.execPath, ...args]
    const [user, system] = spawnSync('bash', timed, { encoding: 'utf8' }).stderr.trim().split(' ').map(Number)
    return Math.round(1000 * (user + system))
  })
  return Math.min(...times)
}

const folder = mkdtempSync(join(tmpdir(), 'run-bench-'))
try {
  const conf = join(folder, 'nginx.conf')
  writeFileSync(conf, CONF)
  const seen = []
  for (let round = 0; round < runs; round++) seen.push(parts(await run(conf)))
  const names = Object.keys(seen[0])
  const column = (of) => Object.fromEntries(names.map((name) => [name, +of(seen.map((each) => each[name])).toFixed(2)]))
  console.table({ 'median, ms': column(median), 'least, ms': column((values) => Math.min(...values)) })
  console.log(
    `processor time, ms: node alone ${cpuMs('-e', '0')}, --version ${cpuMs(main, '--version')}, run --help ${cpuMs(main, 'run', '--help')}`,
  )
} finally {
  rmSync(folder, { recursive: true })
}
