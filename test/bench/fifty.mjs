// Many leak tests of one gateway in one file: `node test/bench/fifty.mjs [tests] [apart|together]`, default 50, of what `npm run build` made.
// `apart`: each test starts the gateway for itself. `together`: all share one server (scope: 'file').
// Where nothing leaks a test takes its load, the idle waits that the gateway's timers ask for, and the rest; of the log of the tests.
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const tests = Number(process.argv[2] ?? 50)
const together = process.argv[3] === 'together'
const root = fileURLToPath(new URL('../..', import.meta.url))

const CONFIG = `import { defineConfig } from 'vitest/config'
import { defineLeakProject } from 'vitest-openresty-leak'
export default defineConfig({ test: { projects: [defineLeakProject({ runtime: 'local', workers: 1, include: ['*.test.mjs'] })] } })
`
const routes = Array.from({ length: tests }, (_, k) =>
  k % 2 ? `/users/{random:1-100}?test=${k}` : `/orders/{n}?test=${k}`,
)
const TEST = `import { expect, test } from 'vitest-openresty-leak/test'
const headers = { 'X-Api-Key': 'key-{random:1-500}' }
const routes = ${JSON.stringify(routes)}

test.for(routes)('%s', async (path, { openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf', scope: '${together ? 'file' : 'test'}' })
  expect(await server.measure({ requests: [{ path, headers }] })).toHoldHeap()
})
`

/** Node's modules of the repository, and the package itself as one of them. */
function install(folder) {
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  symlinkSync(root, join(modules, 'vitest-openresty-leak'))
  symlinkSync(join(root, 'node_modules/vitest'), join(modules, 'vitest'))
}

async function vitest(folder) {
  const env = { ...process.env, DEBUG: 'openresty-leak:measure', NO_COLOR: '1' }
  const main = join(root, 'node_modules/vitest/vitest.mjs')
  const child = spawn(process.execPath, [main, 'run'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data))
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  return { code, said }
}

const folder = mkdtempSync(join(tmpdir(), 'fifty-bench-'))
try {
  cpSync(join(root, 'scenarios/gateway/nginx.conf'), join(folder, 'nginx.conf'))
  cpSync(join(root, 'scenarios/gateway/lua'), join(folder, 'lua'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'vitest.config.mjs'), CONFIG)
  writeFileSync(join(folder, 'gateway.test.mjs'), TEST)
  install(folder)
  const startMs = performance.now()
  const { code, said } = await vitest(folder)
  const seconds = (performance.now() - startMs) / 1000
  if (code !== 0) throw new Error(`the tests ended with ${code}:\n${said.slice(-4000)}`)
  const loads = [...said.matchAll(/ (\d+) completed in (\d+) ms/g)]
  const sum = (column) => loads.reduce((all, load) => all + Number(load[column]), 0)
  const figures = { requests: sum(1), 'load, s': sum(2) / 1000, 'all, s': seconds, 'a test, s': seconds / tests }
  const rounded = Object.entries(figures).map(([name, figure]) => [name, +figure.toFixed(2)])
  console.table([{ tests, form: together ? 'together' : 'apart', ...Object.fromEntries(rounded) }])
} finally {
  rmSync(folder, { recursive: true })
}
