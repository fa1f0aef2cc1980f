// Shows a leak caught, its mended twin passing, and how to read both. Ends with 0 only if both verdicts are right.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const main = join(root, 'dist/cli/main.js')
const folder = mkdtempSync(join(tmpdir(), 'openresty-leak-demo-'))

if (!existsSync(main)) {
  console.error('demo: dist/ is missing. Build it first: npm ci (or npm run build).')
  process.exit(1)
}

/** Runs the scenario before the reader's eyes; false if its verdict is not the expected one. */
function show(name, lesson) {
  const expected = JSON.parse(readFileSync(join(root, 'scenarios', name, 'expected.json'), 'utf8'))
  const json = join(folder, `${name}.json`)
  console.log(`\n$ npx resty-leak run scenarios/${name}/nginx.conf --request /t\n`)
  const args = ['run', `scenarios/${name}/nginx.conf`, '--request', '/t', '--runtime', 'local', '--json', json]
  const { status, signal } = spawnSync(process.execPath, [main, ...args], { cwd: root, stdio: 'inherit' })
  if (status === 130 || signal) process.exit(130)
  const report = existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : { growths: [] }
  const right =
    report.verdict === expected.verdict &&
    JSON.stringify(report.growths.map(({ path }) => path)) ===
      JSON.stringify(expected.growths.map(({ path }) => path)) &&
    status === (expected.verdict === 'ok' ? 0 : 1)
  console.log(
    right
      ? lesson
      : `\ndemo: expected the verdict ${expected.verdict}, got ${report.verdict ?? 'none'} (exit code ${status}).`,
  )
  return right
}

process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

console.log(`Two nginx.confs that differ in one Lua module:
  scenarios/module-table/lua/demo.lua        foo[#foo + 1] = "hello " .. #foo               keeps every greeting
  scenarios/module-table-fixed/lua/demo.lua  foo[count % bound + 1] = "hello " .. count     keeps the last 1000
resty-leak boots OpenResty with each, sends it requests in rounds, and compares the Lua heap between the rounds.`)

const caught = show(
  'module-table',
  `
How to read it
  1.00 object/request        what grows and how fast; it did so in every round, so it is no cache that fills up
  GC roots => ... => ^foo    who holds it: the module demo, its function go, and there the upvalue foo
  strings [*]                20,157 more strings in the array part of foo after 20,157 requests
  tables                     foo itself had to grow: room for more entries, which is counted apart from what is in it
  In Lua                     how to get at it from a console or a handler
  exact                      every byte that LuaJIT counts was found by the walker, in each snapshot`,
)
const passed = show(
  'module-table-fixed',
  `
The mended module still writes with every request, but what it holds no longer grows. The exit code is 0,
so the same command is a gate in CI. As a Vitest test: scenarios/module-table-fixed/scenario.test.ts.`,
)

console.log(
  caught && passed ? '\ndemo: the leak was caught and the mended module passed.' : '\ndemo: a verdict was wrong.',
)
process.exitCode = caught && passed ? 0 : 1
