// Compiles plugin/ into dist/ and puts the walkers that are built beside it: types file by file, code as few files,
// since most of a command's start went into finding and reading some six hundred. What an earlier build left there goes:
// dist holds what this build made and nothing else, and at no moment less, since other processes may run from it.
// Where nothing has changed since, nothing is compiled. build/plugin/ keeps the code file by file, for the benches.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const code = join(root, 'build/plugin')
/** What the compiled files were made from, and their names. */
const STAMP = '.made-from.json'

const json = (file) => JSON.parse(readFileSync(file, 'utf8'))

/** @returns a digest of all that decides what the compiler and the bundler write */
function sourcesDigest() {
  const below = readdirSync(join(root, 'plugin'), { recursive: true, encoding: 'utf8' }).map((name) => `plugin/${name}`)
  const sources = below.filter((name) => /\.(ts|mjs|css|json)$/.test(name)).sort()
  const hash = createHash('sha256')
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', ...sources]) {
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(root, name)))
      .update('\0')
  }
  return hash.digest('hex')
}

/** @returns the files that an earlier build made from the same sources and that are all there; undefined where one differs */
function madeBefore(digest) {
  const stamp = join(dist, STAMP)
  if (!existsSync(stamp) || !existsSync(code)) return undefined
  const { from, files } = json(stamp)
  return from === digest && files.every((name) => existsSync(join(dist, name))) ? files : undefined
}

/** Types into dist, JavaScript into build/plugin. @returns the types' files, from dist */
function compile() {
  rmSync(code, { recursive: true, force: true })
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [tsc, '-p', join(root, 'tsconfig.build.json'), '--listEmittedFiles', '--outDir', code, '--declarationDir', dist],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  )
  const lines = stdout.split('\n').filter(Boolean)
  if (status !== 0) {
    console.error(lines.filter((line) => !line.startsWith('TSFILE: ')).join('\n') || stderr)
    process.exit(status ?? 1)
  }
  return lines.map((line) => relative(dist, line.replace(/^TSFILE: /, ''))).filter((name) => name.endsWith('.d.ts'))
}

/** Where code begins: what package.json names, and what the package starts by a file's name. */
function entries() {
  const { exports, bin } = json(join(root, 'package.json'))
  const named = [...Object.values(exports).map((entry) => entry.default), ...Object.values(bin)].filter(Boolean)
  const names = named.map((path) => /^\.\/dist\/(.+)\.js$/.exec(path)[1])
  return [...names, 'cli/results-reporter', 'load/client/thread']
}

/**
 * Packages that lie in dist whole, with what they import, by the file they are in: what a command needs to read its arguments, to start
 * something, to send requests. One by one their 250 files took a quarter of a command's start.
 */
const BUNDLED = {
  'command-line': ['commander', 'shell-quote', 'picocolors'],
  processes: ['execa', 'debug'],
  'load-client': ['autocannon'],
}
const bundled = Object.values(BUNDLED).flat()

/** @returns the folder of the package that a module is of; undefined for our own */
function packageFolder(module) {
  return module.startsWith(code) ? undefined : /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(module)?.[0]
}

/**
 * The steps of `resty-leak run`, in the order they are loaded in, and what each begins with. What a step needs and none before it has loaded is
 * one file: cut by who else needs it, a run had to find, read and link three times as many before nginx was started.
 */
const STEPS = {
  program: ['cli/program.js'],
  arguments: ['cli/run.js'],
  boot: ['cli/run/measure-or-report.js'],
  measure: ['cli/run/measure-server.js'],
  tell: ['cli/run/tell-run.js'],
}

const STATIC_IMPORT = /^(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?['"](\.[^'"]+)['"]/gm

/** @returns the modules that are loaded with these files, from build/plugin */
function loadedWith(files) {
  const modules = new Set(files.map((file) => join(code, file)))
  for (const module of modules) {
    const imports = readFileSync(module, 'utf8').matchAll(STATIC_IMPORT)
    for (const [, specifier] of imports) modules.add(join(dirname(module), specifier))
  }
  return modules
}

/** A module goes into the first group that has it. */
function groups() {
  const steps = Object.entries(STEPS).map(([name, files]) => {
    const modules = loadedWith(files)
    return { name, test: (module) => modules.has(module) }
  })
  // A group has what its modules import, too.
  const packages = Object.entries(BUNDLED).map(([name, those]) => ({
    name: `packages/${name}`,
    test: (module) => those.some((each) => packageFolder(module)?.endsWith(`node_modules/${each}`)),
  }))
  return [...packages, ...steps]
}

/** Packages stay what they are, dependencies, but for those that are bundled. */
function isDependency(id, from) {
  const isOurs = from === undefined || from.startsWith(code)
  return isOurs && /^[^./]/.test(id) && !bundled.some((name) => id === name || id.startsWith(`${name}/`))
}

/** @returns the files, from dist */
async function bundle() {
  const { rolldown } = await import('rolldown')
  const input = Object.fromEntries(entries().map((name) => [name, join(code, `${name}.js`)]))
  const made = await rolldown({ input, external: isDependency, platform: 'node' })
  const { output } = await made.generate({
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'code/[name].js',
    comments: { jsdoc: false }, // the types have them, and each start would read them
    codeSplitting: { groups: groups() },
  })
  await made.close()
  const files = output.map(({ fileName, code: text }) => put(fileName, (fresh) => writeFileSync(fresh, text)))
  const licences = licencesOf(output.flatMap(({ moduleIds }) => moduleIds))
  return [...files, put('code/packages/licences.txt', (fresh) => writeFileSync(fresh, licences))]
}

/** The licences of the packages whose modules these are: each wants to be where its code is. */
function licencesOf(modules) {
  const folders = modules.flatMap((module) => packageFolder(module) ?? [])
  return [...new Set(folders)]
    .sort()
    .map((folder) => {
      const { name, version } = json(join(folder, 'package.json'))
      const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each))
      if (file === undefined) throw new Error(`${name} has no licence file: it cannot be put into dist`)
      return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}

/** In one step, since a process may be reading it. @returns the file's name */
function put(name, write) {
  const to = join(dist, name)
  mkdirSync(dirname(to), { recursive: true })
  const fresh = `${to}.${process.pid}`
  write(fresh)
  renameSync(fresh, to)
  return name
}

function copyWalkers() {
  const build = join(root, 'nginx/walker/build')
  const names = existsSync(build) ? readdirSync(build).filter((name) => /^heapwalk-linux-\w+$/.test(name)) : []
  return names.map((name) => put(join('walker', name), (fresh) => copyFileSync(join(build, name), fresh)))
}

function removeOthers(made) {
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(dist, path)
    const isMade = entry.isDirectory() ? [...made].some((file) => file.startsWith(name + sep)) : made.has(name)
    if (!isMade) rmSync(path, { recursive: true, force: true })
  }
}

/** @returns the files that were made from the sources, from dist */
async function make(digest) {
  const files = [...compile(), ...(await bundle())]
  put(STAMP, (fresh) => writeFileSync(fresh, JSON.stringify({ from: digest, files })))
  return files
}

const digest = sourcesDigest()
const compiled = madeBefore(digest) ?? (await make(digest))
removeOthers(new Set([...compiled, ...copyWalkers(), STAMP]))
chmodSync(join(dist, 'cli/main.js'), 0o755)
