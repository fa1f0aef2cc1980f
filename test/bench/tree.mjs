// What a large tree of reference paths costs: one further snapshot of it, step by step, and whole runs beside those of a
// small conf. `npm run build`, then node test/bench/tree.mjs [--paths 40000] [--repeats 9] [--runs 3]
// Of several snapshots and pairs of runs the fastest is told: other load on the machine only slows them down. Milliseconds are of
// processor time, but for the walker's, which are its own (`timesUs`).
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Aligner } from '../../build/plugin/heap/align.js'
import { GrowingVm } from '../../build/plugin/heap/growing-vm.js'
import { tracksOf } from '../../build/plugin/heap/growth/diff.js'
import { pathTrees } from '../../build/plugin/heap/tree/path-tree.js'
import { SnapshotReader } from '../../build/plugin/heapwalk/snapshot.js'
import { walkerPath } from '../../build/plugin/heapwalk/walker-path.js'
import { restlessPaths } from '../../build/plugin/measure/settle.js'
import { bootRuntime } from '../../build/plugin/runtime/boot.js'

const { values } = parseArgs({
  options: {
    paths: { type: 'string', default: '40000' },
    repeats: { type: 'string', default: '9' },
    runs: { type: 'string', default: '3' },
  },
})
const [paths, repeats, runs] = [values.paths, values.repeats, values.runs].map(Number)
/** Paths of one module below. */
const PATHS_EACH = 11
const SMALL_MODULES = 10
const folder = mkdtempSync(join(tmpdir(), 'tree-bench-'))

/** A conf whose code has so many modules, of which each request changes one. */
function confOf(name, modules) {
  const dir = join(folder, name)
  mkdirSync(dir)
  writeFileSync(
    join(dir, 'many.lua'),
    `for at = 1, ${modules} do
  local state = { hits = 0 }
  local module = { name = "module" .. at, limits = { at }, options = { deep = { at = at, list = { at, at + 1 } } }, label = { "l" .. at } }
  function module.get() state.hits = state.hits + 1 return state end
  function module.set(value) state.value = value end
  package.loaded["app.module" .. at] = module
end
return { go = function(n) package.loaded["app.module" .. (n % ${modules} + 1)].set(n % 2 == 0 and "set" or nil) end }
`,
  )
  writeFileSync(
    join(dir, 'nginx.conf'),
    `events {}
http {
  lua_package_path "$prefix/?.lua;;";
  init_by_lua_block { many = require "many" }
  server { listen 18080; location = /t { content_by_lua_block { many.go(tonumber(ngx.var.arg_x) or 1) ngx.say("ok") } } }
}
`,
  )
  return join(dir, 'nginx.conf')
}

const fastest = new Map()

/** Takes down the fastest of all calls by this name. */
function timed(name, work) {
  const from = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(from)
  note(name, (user + system) / 1000)
  return result
}

function note(name, ms) {
  fastest.set(name, Math.min(ms, fastest.get(name) ?? Number.POSITIVE_INFINITY))
}

async function takeTexts(conf) {
  const server = await bootRuntime({ conf })
  try {
    const [{ pid }] = await server.workers()
    const texts = []
    for (let taken = 0; taken < repeats; taken++) {
      for (let asked = 0; asked <= taken; asked++)
        await (await fetch(`${server.url}/t?x=${taken * 100 + asked}`)).text()
      const file = join(folder, 'snapshot.json')
      execFileSync(walkerPath(), ['snap', '-p', String(pid), '-o', file])
      texts.push(readFileSync(file))
    }
    return texts
  } finally {
    await server[Symbol.asyncDispose]()
  }
}

function furtherSnapshot(texts) {
  const reader = new SnapshotReader()
  const heap = new GrowingVm('http', 1)
  const moments = []
  for (const [taken, bytes] of texts.entries()) {
    const which = taken === 0 ? 'first snapshot' : 'further snapshot'
    const text = timed(`${which}: text`, () => bytes.toString('utf8'))
    const snapshot = timed(`${which}: read`, () => reader.read(text, 7))
    timed(`${which}: aligned and kept`, () => heap.add(snapshot.vms))
    if (taken > 0) timed('compared with the one before', () => restlessPaths(moments.at(-1), [snapshot]))
    note('walker: mark', snapshot.timesUs.mark / 1000)
    note('walker: write', snapshot.timesUs.write / 1000)
    moments.push([snapshot])
  }
  for (let judged = 0; judged < 3; judged++) {
    timed('series of all snapshots', () => heap.series())
    const series = new Aligner().align(moments)
    timed('what changed in it', () => [...tracksOf(series)].length)
    timed('picture of the report', () => pathTrees(series, { from: 0, to: moments.length - 1 }, []))
  }
  console.log(`${moments[0][0].vms[0].nodes.length} paths, ${texts[0].length} bytes, ${texts.length} snapshots`)
  for (const [name, ms] of fastest) console.log(`${name.padEnd(34)} ${ms.toFixed(1).padStart(8)} ms`)
}

/** [wall, processor time of the command and all that it waited for], in seconds. */
function run(conf) {
  const command = `TIMEFORMAT='%R %U %S'; time "$0" "$@" >/dev/null`
  const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
  const args = ['-c', `{ ${command}; } 2>&1 | tail -1`, process.execPath, cli, 'run', conf]
  const told = execFileSync('bash', [...args, '--request', '/t?x={n}', '--json', join(folder, 'report.json')], {
    encoding: 'utf8',
  })
  const [wall, user, system] = told.trim().split(' ').map(Number)
  return [wall, user + system]
}

function compareRuns(small, large) {
  const taken = { small: [], large: [] }
  for (let turn = 0; turn < runs; turn++) {
    taken.small.push(run(small))
    taken.large.push(run(large))
  }
  for (const [index, what] of ['wall', 'processor'].entries()) {
    const [one, other] = [taken.small, taken.large].map((each) => Math.min(...each.map((times) => times[index])))
    console.log(
      `run, ${what}: small ${one.toFixed(1)} s, large ${other.toFixed(1)} s, ${(other / one).toFixed(2)} times`,
    )
  }
}

try {
  const small = confOf('small', SMALL_MODULES)
  const large = confOf('large', Math.round(paths / PATHS_EACH))
  furtherSnapshot(await takeTexts(large))
  compareRuns(small, large)
} finally {
  rmSync(folder, { recursive: true })
}
