// node test/compare-repeats.mjs [--runs 20] [--json FILE] [CASE...]
// Compares a branch with main again and again: one branch without a difference, and one for each planted difference. Counts what is called.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '20' }, json: { type: 'string' } },
})
const runs = Number(values.runs)

const files = new URL('compare/', import.meta.url)
const CONF = readFileSync(new URL('nginx.conf', files), 'utf8')
const DEMO = readFileSync(new URL('lua/demo.lua', files), 'utf8')

/** The module with a cache of so many entries, and a handler that works so long; `line` runs in each request. */
function demo({ entries = 500, work = 1000, line = '' } = {}) {
  return DEMO.replaceAll('% 500', `% ${entries}`).replace('1, 1000', `1, ${work}`).replace('-- in each request', line)
}

const KEPT = 'registry._LOADED.demo.go.^kept[*]'
const CACHE = 'registry._LOADED.demo.go.^cache{*}'

const timeOf = ({ times }, name) => times.find(({ task, metric }) => `${task} ${metric}` === name)
const called = ({ times }) => times.filter(({ call }) => call === 'slower' || call === 'faster')
const percent = (ratio) => `${ratio >= 1 ? '+' : ''}${((ratio - 1) * 100).toFixed(1)} %`
const timeWords = ({ task, metric, ratio, call }) => `${task} ${metric} ${percent(ratio)} ${call}`

/** Nothing is kept by a request, and the warm heaps are the same to the byte. */
function isSameHeap({ memory: { kept, heap } }) {
  return kept.length === 0 && heap.bytes.head === heap.bytes.base && heap.paths.length === 0 && heap.below.paths === 0
}

/**
 * `right` judges what was planted; `seen` says in words what was found. A time called where none was planted is counted apart, as a false call.
 */
const CASES = {
  same: {
    files: { 'README.md': 'no difference' },
    args: ['--request', '/t'],
    right: isSameHeap,
    seen: ({ memory: { kept, heap } }) => `${kept.length} kept, ${heap.bytes.head - heap.bytes.base} B`,
    planted: () => false,
  },
  table: {
    files: { 'lua/demo.lua': demo({ line: 'kept[#kept + 1] = {}' }) },
    args: ['--request', '/t', '--rounds', '0'],
    code: 1,
    right: ({ memory: { kept, heap } }) =>
      kept.length === 1 &&
      kept[0].path === KEPT &&
      kept[0].call === 'more' &&
      kept[0].objectsPerRequest.base === 0 &&
      kept[0].objectsPerRequest.head === 1 &&
      kept[0].bytesPerRequest.head === 64 &&
      heap.paths.length === 0,
    seen: ({ memory: { kept } }) =>
      kept.map(({ path, objectsPerRequest: { head } }) => `${path} ${head}/request`).join(', '),
    planted: () => false,
  },
  cpu: {
    // What nginx itself does for a request is a twentieth of it.
    files: { 'lua/demo.lua': demo({ work: 1105 }) },
    args: ['--request', '/work', '--amount', '4000', '--warmup', '1000', '--fail-on', 'slower'],
    code: 1,
    right: (comparison) => {
      const { call, ratio } = timeOf(comparison, 'load x10 cpu')
      return isSameHeap(comparison) && call === 'slower' && Math.abs(ratio - 1.1) <= 0.03
    },
    seen: (comparison) => timeWords(timeOf(comparison, 'load x10 cpu')),
    planted: ({ call }) => call === 'slower',
  },
  sleep: {
    files: { 'lua/demo.lua': demo({ line: 'ngx.sleep(0.001)' }) },
    args: ['--request', '/t', '--amount', '4000', '--warmup', '1000', '--fail-on', 'slower'],
    code: 1,
    right: (comparison) => {
      const { call, base, head } = timeOf(comparison, 'GET /t latency.min')
      return call === 'slower' && head - base >= 900 && head - base <= 2000
    },
    seen: (comparison) => {
      const { base, head, call } = timeOf(comparison, 'GET /t latency.min')
      return `GET /t latency.min +${(head - base).toFixed(0)} us ${call}`
    },
    planted: ({ call }) => call === 'slower',
  },
  cache: {
    files: { 'lua/demo.lua': demo({ entries: 1000 }) },
    args: ['--request', '/t', '--rounds', '0'],
    right: ({ memory: { kept, heap } }) =>
      kept.length === 0 &&
      heap.paths.length === 1 &&
      heap.paths[0].path === CACHE &&
      heap.paths[0].bytes.head === 2 * heap.paths[0].bytes.base &&
      heap.paths[0].objects.head === 2 * heap.paths[0].objects.base,
    seen: ({ memory: { heap } }) =>
      heap.paths.map(({ path, bytes: { base, head } }) => `${path} ${base} -> ${head} B`).join(', '),
    planted: () => false,
  },
}

const names = positionals.length > 0 ? positionals : Object.keys(CASES)
const unknown = names.find((name) => !(name in CASES))
if (unknown !== undefined || !Number.isInteger(runs) || runs < 1) {
  const why =
    unknown === undefined ? `--runs ${values.runs} is no whole number from 1 up` : `there is no case ${unknown}`
  console.error(`compare-repeats: ${why}; the cases are ${Object.keys(CASES).join(', ')}`)
  process.exit(2)
}

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'openresty-leak-compare-repeats-'))
const repository = join(folder, 'repository')
const ended = new AbortController()
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    ended.abort()
    process.exitCode = 130
  })
}

function git(...args) {
  const author = ['-c', 'user.name=a tester', '-c', 'user.email=tester@example.test']
  return execFileSync('git', ['-C', repository, ...author, ...args], { encoding: 'utf8' })
}

function commit(files) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(repository, name), text)
  git('add', '--all')
  git('commit', '--quiet', '--message', 'a change')
}

mkdirSync(join(repository, 'lua'), { recursive: true })
git('init', '--quiet', '--initial-branch=main')
commit({ 'nginx.conf': CONF, 'lua/demo.lua': demo() })
for (const name of names) {
  git('checkout', '--quiet', '-b', name, 'main')
  commit(CASES[name].files)
}

/** One comparison from the branch: what it says, and whether that is right. */
async function compareOnce(name) {
  const { files: _files, args, code = 0, right, seen, planted } = CASES[name]
  git('checkout', '--quiet', name)
  const json = join(folder, 'comparison.json')
  rmSync(json, { force: true })
  const began = performance.now()
  const child = spawn(
    process.execPath,
    [main, 'compare', join(repository, 'nginx.conf'), '--base', 'main', '--runtime', 'local', ...args, '--json', json],
    { stdio: ['ignore', 'ignore', 'inherit'], signal: ended.signal, killSignal: 'SIGINT' },
  )
  const [exit] = await once(child, 'close')
  const comparison = JSON.parse(readFileSync(json, 'utf8'))
  const falseCalls = called(comparison).filter((time) => !planted(time))
  return {
    right: comparison.measured && exit === code && right(comparison),
    exit,
    seen: comparison.measured ? seen(comparison) : comparison.reasons.join(' '),
    falseCalls: falseCalls.map(timeWords),
    undecided: comparison.times.filter(({ call }) => call === 'unsure').map(timeWords),
    rounds: comparison.times[0]?.rounds ?? 0,
    seconds: comparison.seconds,
    tookS: Math.round((performance.now() - began) / 100) / 10,
    times: comparison.times,
  }
}

const found = Object.fromEntries(names.map((name) => [name, []]))
try {
  for (let run = 1; run <= runs; run++) {
    for (const name of names) {
      const row = await compareOnce(name)
      found[name].push(row)
      const words = [row.right ? 'right' : 'WRONG', row.seen, ...row.falseCalls.map((call) => `FALSE CALL ${call}`)]
      console.log(`run ${run} of ${runs}, ${name}: ${words.join('; ')}; ${row.tookS} s`)
      if (values.json) writeFileSync(values.json, `${JSON.stringify(found, null, 2)}\n`)
    }
  }
} catch (error) {
  if (!ended.signal.aborted) throw error
}

const middle = (numbers) => numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)]
console.log('\ncase    right   false calls of times   undecided times   rounds   seconds, middle one')
for (const [name, rows] of Object.entries(found).filter(([, all]) => all.length > 0)) {
  const tests = rows.reduce((sum, { times }) => sum + times.length, 0)
  const sum = (key) => rows.reduce((count, row) => count + row[key].length, 0)
  const rounds = middle(rows.map((row) => row.rounds))
  console.log(
    [
      name.padEnd(7),
      `${rows.filter(({ right }) => right).length}/${rows.length}`.padEnd(7),
      `${sum('falseCalls')} of ${tests}`.padEnd(22),
      `${sum('undecided')}`.padEnd(17),
      `${rounds}`.padEnd(8),
      middle(rows.map(({ tookS }) => tookS)),
    ].join(' '),
  )
}
const all = Object.values(found).flat()
if (all.some(({ right }) => !right) || all.reduce((sum, row) => sum + row.falseCalls.length, 0) > 1)
  process.exitCode ||= 1
