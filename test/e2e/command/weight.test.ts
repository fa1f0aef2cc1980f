import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageFile } from '../../../plugin/base/package-files.js'
import { describeWithEngine } from '../docker.js'
import { aFolder, restyLeak, scenario } from '../resty-leak.js'

const HOOK = new URL('loaded-packages.mjs', import.meta.url).href
/** Those that take longest to load. Of execa and autocannon dist has what is used, so that their own files are never loaded. */
const HEAVY = ['testcontainers', 'autocannon', 'hdr-histogram-js', 'tinybench', 'execa']
/** Files of dist that hold packages. */
const COMMAND_LINE = 'dist/code/packages/command-line.js'
const PROCESSES = 'dist/code/packages/processes.js'
const LOAD_CLIENT = 'dist/code/packages/load-client.js'

/** Which of the heavy packages a command loads, which files of this package, all in their order, and its exit code. */
async function loadedBy(...args: string[]) {
  const folder = await aFolder({ loaded: '' })
  const env = { LOADED_PACKAGES: join(folder, 'loaded'), NODE_OPTIONS: `--import=${HOOK}` }
  const { code } = await restyLeak(args, { env, json: args.includes('run') && !args.includes('--help') })
  const loaded = new Set((await readFile(env.LOADED_PACKAGES, 'utf8')).trimEnd().split('\n'))
  expect(loaded).toContain(COMMAND_LINE)
  const files = [...loaded].filter((name) => name.startsWith('dist/'))
  return { code, heavy: HEAVY.filter((name) => loaded.has(name)), files, all: [...loaded] }
}

const LEAK = scenario('module-table/nginx.conf')

test.each([[['--help']], [['run', '--help']], [['compare', '--help']], [['report', '/no/such.json']]])(
  '%j loads none of them',
  async (args) => {
    const { heavy, files } = await loadedBy(...args)
    expect([...heavy, ...files.filter((name) => name === LOAD_CLIENT)]).toEqual([])
  },
)

test('the version takes next to nothing, and a command does not load the others', async () => {
  const [version, report, run] = await Promise.all([
    loadedBy('--version'),
    loadedBy('report', '/no/such.json'),
    loadedBy('run', '--help'),
  ])
  expect(version.files.length).toBeLessThan(10)
  expect(report.files).toContain('dist/code/report.js')
  expect(report.files).not.toContain('dist/code/compare.js')
  // There are some 450 source files.
  expect(report.files.length).toBeLessThan(80)
  expect(run.files.length).toBeLessThan(20)
})

test('where Node can keep what it compiles, it is asked to before anything is loaded', async () => {
  expect((await loadedBy('--version')).all.slice(0, 2)).toEqual(['dist/cli/main.js', 'compile cache'])
})

test('the packages in dist have their licences beside them', async () => {
  const licences = await readFile(packageFile('dist/code/packages/licences.txt'), 'utf8')
  expect(licences).toMatch(/^execa [\d.]+\n\nMIT License\n\nCopyright \(c\) Sindre Sorhus/m)
  for (const name of ['cross-spawn', 'commander', 'autocannon', 'http-parser-js', 'debug'])
    expect(licences).toMatch(new RegExp(`^${name} [\\d.]+\\n\\n\\S`, 'm'))
})

test('a local run loads what drives its load, and no containers', async () => {
  const run = ['run', LEAK, '--request', '/t', '--runtime', 'local', '--amount', '500', '--no-locate']
  const { code, heavy, files, all } = await loadedBy(...run)
  expect({ code, heavy }).toEqual({ code: 1, heavy: [] })
  expect(files).toEqual(expect.arrayContaining([PROCESSES, LOAD_CLIENT]))
  expect(all.filter((name) => !name.startsWith('dist/'))).toEqual(['compile cache'])
})

describeWithEngine('where a container is asked for', () => {
  test('its library is loaded', async () => {
    const run = ['run', LEAK, '--request', '/t', '--runtime', 'container', '--amount', '500', '--no-locate']
    expect((await loadedBy(...run)).heavy).toContain('testcontainers')
  })
})
