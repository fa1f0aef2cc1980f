// The package as users get it, on everything that it says it runs on: `npm run matrix`.
// Packs it, installs the tarball in a project of its own for each Vitest, and there runs the README's example under each Node,
// leaking and mended; then runs the command in each image of docker/. Parts of it: --nodes 24 --vitests 5.1 --images bookworm
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const dockerfiles = readdirSync(join(root, 'docker')).filter((name) => name.endsWith('.Dockerfile'))
const { values: asked } = parseArgs({
  options: {
    nodes: { type: 'string', default: '20,22,24' },
    vitests: { type: 'string', default: '3.2,4.1,5.1' },
    images: { type: 'string', default: dockerfiles.map((name) => basename(name, '.Dockerfile')).join(',') },
    keep: { type: 'boolean', default: false },
  },
})
const list = (text) => text.split(',').filter(Boolean)
/** Vitest 5 needs Node 22.12. */
const isPossible = (node, vitest) => Number(node) >= 22 || Number.parseFloat(vitest) < 5

const work = mkdtempSync(join(tmpdir(), 'resty-leak-matrix-'))
const rows = []

function run(command, args, { cwd = work, node } = {}) {
  // A Vitest or npm around this must not be taken for the project's own.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_ENV|INIT_CWD)/i.test(name))
  const env = { ...Object.fromEntries(inherited), NO_COLOR: '1' }
  if (node) env.PATH = `${dirname(node)}:${env.PATH}`
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    timeout: 600_000,
  })
  return { status, text: `${stdout ?? ''}${stderr ?? ''}${error ?? ''}` }
}

/** Runs what everything after it needs. */
function need(command, args, options) {
  const { status, text } = run(command, args, options)
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${text.slice(-3000)}`)
  return text
}

function block(after) {
  const [, text] = readme.slice(readme.indexOf(after)).match(/```\w*\n(.*?)\n```/s) ?? []
  if (text === undefined) throw new Error(`README.md has no block after ${after}`)
  return `${text}\n`
}

function write(folder, name, text) {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

/** What the README says to type, in an empty folder. */
function project(name, packages) {
  const folder = join(work, name)
  write(folder, 'package.json', '{ "type": "module", "private": true }\n')
  need('npm', ['install', '--save-dev', '--no-audit', '--no-fund', ...packages], { cwd: folder })
  for (const file of ['vitest.config.ts', 'demo.leak.test.ts', 'nginx.conf'])
    write(folder, file, block(`<!-- ${file} -->`))
  return folder
}

/** The README's Lua, or its mended twin. */
function setLua(folder, isLeaking) {
  if (isLeaking) write(folder, 'lua/demo.lua', block('With this `lua/demo.lua`'))
  else cpSync(join(root, 'scenarios/module-table-fixed/lua/demo.lua'), join(folder, 'lua/demo.lua'))
}

function nodeBinary(version) {
  const folder = join(work, `node-${version}`)
  write(folder, 'package.json', '{ "private": true }\n')
  need('npm', ['install', '--no-audit', '--no-fund', `node@${version}`], { cwd: folder })
  return join(folder, 'node_modules/node/bin/node')
}

function row(what, checks) {
  const wrong = Object.entries(checks).filter(([, { right }]) => right === false)
  rows.push({ what, checks })
  const said = Object.entries(checks).map(([name, { right, note }]) => `${name}: ${note ?? (right ? 'ok' : 'WRONG')}`)
  console.log(`${wrong.length > 0 ? '✗' : '✓'} ${what.padEnd(34)} ${said.join('   ')}`)
  for (const [name, { text }] of wrong) console.log(`  ${name}:\n${text.slice(-4000).replace(/^/gm, '    ')}`)
}

function typesAgree(folder) {
  write(
    folder,
    'tsconfig.json',
    JSON.stringify({
      compilerOptions: { strict: true, skipLibCheck: false, noEmit: true, module: 'nodenext', target: 'es2023' },
      include: ['*.ts'],
    }),
  )
  const { status, text } = run('npx', ['tsc', '-p', '.'], { cwd: folder })
  return { right: status === 0, text }
}

function vitestRow(folder, version, { version: nodeVersion, binary }) {
  const results = {}
  for (const isLeaking of [true, false]) {
    setLua(folder, isLeaking)
    const { status, text } = run(binary, ['node_modules/vitest/vitest.mjs', 'run'], { cwd: folder, node: binary })
    const right = isLeaking
      ? status === 1 && text.includes(block('the test fails with').trim())
      : status === 0 && text.includes('1 passed')
    results[isLeaking ? 'leaking' : 'mended'] = { right, text }
  }
  return row(`Node ${nodeVersion}, Vitest ${version}`, results)
}

/** A base that nobody here can get is no failure of the package; the Debian ones can be made. */
function imageOf(name) {
  const tag = `vitest-openresty-leak/matrix:${name}`
  const file = join(root, 'docker', `${name}.Dockerfile`)
  const base = /^FROM debian:(\w+)-slim/m.exec(readFileSync(file, 'utf8'))?.[1]
  if (base) need(join(root, 'docker/make-base'), [base])
  const { status, text } = run('docker', ['build', '-t', tag, '-f', file, join(root, 'docker')])
  if (status === 0) return { tag }
  const noPull =
    /pull access denied|no such host|i\/o timeout|connection refused|Forbidden|failed to resolve|Client\.Timeout/i
  if (!base && noPull.test(text)) return { why: 'its base cannot be pulled here' }
  throw new Error(`docker/${name}.Dockerfile does not build:\n${text.slice(-3000)}`)
}

function imageRow(folder, name) {
  const { tag, why } = imageOf(name)
  if (why) return row(`image ${name}`, { skipped: { note: why } })
  const results = {}
  for (const isLeaking of [true, false]) {
    setLua(folder, isLeaking)
    const command = ['resty-leak', 'run', 'nginx.conf', '--request', '/t', '--image', tag, '--json', 'r.json']
    const { status, text } = run('npx', command, { cwd: folder })
    const { verdict, growths, snapshots } = JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8'))
    const path = growths.map((growth) => growth.path).join()
    const isExact = snapshots.length > 0 && snapshots.every(({ accounted }) => accounted === 1)
    const right = isLeaking
      ? status === 1 && isExact && verdict === 'leak' && path === 'registry._LOADED.demo.go.^foo[*]'
      : status === 0 && isExact && verdict === 'ok' && path === ''
    results[isLeaking ? 'leaking' : 'mended'] = { right, text }
  }
  run('docker', ['image', 'rm', tag])
  // what only an image's build needed
  run('docker', ['image', 'prune', '--force', '--filter', 'label=vitest-openresty-leak.stage=build'])
  return row(`image ${name}`, results)
}

/** Links of the package's pages to what it lacks. The catalogue alone may name folders of the repository. */
function brokenLinks(names) {
  const has = (path) => names.some((name) => name === path || name.startsWith(`${path.replace(/\/$/, '')}/`))
  return names
    .filter((name) => name.endsWith('.md') && name !== 'docs/scenarios.md')
    .flatMap((page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
        .map(([, link]) => join(dirname(page), link))
        .filter((path) => !has(path))
        .map((path) => `${page} links to ${path}`),
    )
}

/** What users get: all that is named, no script that runs on install, nothing that only this repository needs. */
function packageRow(tarball, { files, size }) {
  const names = files.map(({ path }) => path)
  const walkers = ['x64', 'arm64'].filter((arch) => names.includes(`dist/walker/heapwalk-linux-${arch}`))
  const foreign = names.filter(
    (name) =>
      !/^(?:dist|docker|docs|examples|nginx\/(?:conf|watcher)|scenarios\/gateway)\/|^[A-Z]+(?:\.md)?$|^package\.json$|^(?:action|gitlab)\.yml$/.test(
        name,
      ),
  )
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const onInstall = Object.keys(scripts).filter((name) => /^(?:pre|post)?install$/.test(name))
  const tool = (name, ...args) => {
    const { status, text } = run('npx', ['--no-install', name, ...args], { cwd: root })
    return { right: status === 0, text }
  }
  const contents = {
    right: walkers.length === 2 && foreign.length + onInstall.length === 0,
    text: `${names.join('\n')}\n${onInstall}`,
  }
  const broken = brokenLinks(names)
  const emulator = run('qemu-aarch64', ['--version']).status === 0
  const arm64 = run('qemu-aarch64', [join(root, 'dist/walker/heapwalk-linux-arm64'), '--version'])
  row(`package, ${names.length} files, ${Math.round(size / 1000)} KB`, {
    contents,
    links: { right: broken.length === 0, text: broken.join('\n') },
    publint: tool('publint', tarball, '--strict'),
    types: tool('attw', tarball, '--profile', 'esm-only'),
    arm64: emulator
      ? { right: arm64.text.startsWith('heapwalk '), text: arm64.text }
      : { note: 'no qemu-aarch64 here' },
  })
}

function matrix() {
  const [packed] = JSON.parse(
    need('npm', ['pack', '--json', '--silent', '--pack-destination', work], { cwd: root }).replace(/^[^[]*/, ''),
  )
  const tarball = join(work, packed.filename)
  packageRow(tarball, packed)
  const nodes = list(asked.nodes).map((version) => ({ version, binary: nodeBinary(version) }))
  for (const version of list(asked.vitests)) {
    const folder = project(`vitest-${version}`, [
      tarball,
      `vitest@~${version}.0`,
      'typescript@~5.9.3',
      '@types/node@22',
    ])
    row(`types, Vitest ${version}`, { types: typesAgree(folder) })
    for (const node of nodes) {
      if (isPossible(node.version, version)) vitestRow(folder, version, node)
      else row(`Node ${node.version}, Vitest ${version}`, { skipped: { note: 'Vitest 5 needs Node 22' } })
    }
  }
  const images = list(asked.images)
  if (images.length > 0) {
    const folder = project('images', [tarball, 'vitest@~4.1.0'])
    for (const name of images) imageRow(folder, name)
  }
}

process.on('exit', () => (asked.keep ? console.log(`kept: ${work}`) : rmSync(work, { recursive: true, force: true })))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))
matrix()
const wrong = rows.filter(({ checks }) => Object.values(checks).some(({ right }) => right === false)).length
const skipped = rows.filter(({ checks }) => checks.skipped).length
console.log(`\nmatrix: ${rows.length - wrong - skipped} right, ${wrong} wrong, ${skipped} not possible here`)
process.exitCode = wrong > 0 ? 1 : 0
