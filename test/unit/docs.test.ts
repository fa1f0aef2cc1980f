import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const names = (folder: string) => readdirSync(join(ROOT, folder))

const DOCS = [
  ...names('.').filter((name) => name.endsWith('.md')),
  'examples/README.md',
  ...names('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

/** Anchors as the renderers of Markdown make them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

test.each(DOCS)('%s links to what exists', (doc) => {
  const links = [...read(doc).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)]
  const broken = links.filter(([, path, anchor]) => {
    const target = path ? join(dirname(doc), path) : doc
    if (!existsSync(join(ROOT, target))) return true
    return anchor !== undefined && !anchorsOf(read(target)).includes(anchor)
  })
  expect(broken.map(([link]) => link)).toEqual([])
})

test.each(DOCS)('%s shows files as they are', (doc) => {
  const named = [...read(doc).matchAll(/<!-- ((?:scenarios|examples|test|nginx|docker)\/\S+) -->\n```\w*\n(.*?)```/gs)]
  for (const [, file, block] of named) expect(block, file).toBe(read(file!))
})

/** The members of an exported union of strings. */
function codesOf(file: string): string[] {
  return [...read(file).matchAll(/^ {2}\| '(\w+)'/gm)].map(([, code]) => code!)
}

test('troubleshooting has each error code of the runtimes and the walker', () => {
  const rows = [...read('docs/troubleshooting.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code)
  expect(rows).toEqual([
    ...codesOf('plugin/base/runtime-error.ts'),
    ...codesOf('plugin/heapwalk/walker-error.ts').sort((a, b) => rows.indexOf(a) - rows.indexOf(b)),
  ])
})

test('troubleshooting names the parts that DEBUG shows', () => {
  const files = readdirSync(join(ROOT, 'plugin'), { recursive: true, encoding: 'utf8' })
  const parts = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...read(`plugin/${file}`).matchAll(/debugLog\('(\w+)'\)/g)].map(([, part]) => part!))
  const [line = ''] = /^`DEBUG` shows.*$/m.exec(read('docs/troubleshooting.md')) ?? []
  expect(parts.filter((part) => !line.includes(`:${part}\``))).toEqual([])
})

/** A scenario as a row: its name, the verdict it must have, and what its conf says of it. */
function row(name: string): string {
  const { verdict, growths } = JSON.parse(read(`scenarios/${name}/expected.json`))
  const comment = /^(?:#.*\n)+/.exec(read(`scenarios/${name}/nginx.conf`))?.[0] ?? ''
  const story = comment.replace(/^# ?/gm, '').trim().replaceAll('\n', ' ').replaceAll('|', '\\|')
  const [{ path = '' } = {}] = growths
  return `| [${name}](../scenarios/${name}) | ${verdict} | ${path && `\`${path}\``} | ${story} |`
}

test('scenarios.md has each scenario that does not pass in its index by symptom', () => {
  const failing = names('scenarios').filter((name) => {
    const expected = join(ROOT, 'scenarios', name, 'expected.json')
    return existsSync(expected) && JSON.parse(readFileSync(expected, 'utf8')).verdict !== 'ok'
  })
  const [, index = ''] = /\n## By symptom\n(.*?)\nAnd what looks/s.exec(read('docs/scenarios.md')) ?? []
  expect(
    failing.filter(
      (name) => !index.includes(`](../scenarios/${name}) `) && !index.includes(`](../scenarios/${name}),`),
    ),
  ).toEqual([])
})

test('scenarios.md lists the scenarios as they are', async () => {
  const listed = names('scenarios').filter((name) => existsSync(join(ROOT, 'scenarios', name, 'expected.json')))
  const doc = read('docs/scenarios.md')
  const table = /(?<=\| scenario .*\n\|[-|]+\|\n)(?:\|.*\n)+/
  const current = doc.replace(table, () => listed.map((name) => `${row(name)}\n`).join(''))
  await expect(current).toMatchFileSnapshot(join(ROOT, 'docs/scenarios.md'))
})
