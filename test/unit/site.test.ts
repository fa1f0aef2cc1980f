import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const { buildSite } = await import(`${ROOT}/docs/site/site.mjs`)
const { GROUPS } = await import(`${ROOT}/docs/site/groups.mjs`)

const folder = mkdtempSync(join(tmpdir(), 'openresty-leak-site-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the site of docs/', () => {
  const out = join(folder, 'site')
  const { pages, broken } = buildSite({ root: ROOT, out, groups: GROUPS })
  const files = readdirSync(out, { recursive: true, encoding: 'utf8' })
  const html = new Map(
    files.filter((file) => file.endsWith('.html')).map((file) => [file, readFileSync(join(out, file), 'utf8')]),
  )
  const idsOf = (text: string) => [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!)

  test('has a page for each file of docs/, and no broken link', () => {
    expect(broken).toEqual([])
    const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'))
    expect(docs.filter((name) => !html.has(name.replace(/\.md$/, '.html')))).toEqual([])
    expect(pages).toBe(html.size)
  })

  test('links only to what is in it', () => {
    const broken = [...html].flatMap(([file, text]) =>
      [...text.matchAll(/ (?:href|src)="(?!data:|https?:)([^"]*)"/g)].flatMap(([, link]) => {
        const [path = '', anchor] = link!.split('#')
        const target = path ? normalize(join(dirname(file), path)) : file
        if (!existsSync(join(out, target))) return [`${file}: ${link}`]
        return anchor && !idsOf(html.get(target) ?? '').includes(anchor) ? [`${file}: ${link}`] : []
      }),
    )
    expect(broken).toEqual([])
  })

  test('loads nothing from a network', () => {
    const loads = [...html.values()].flatMap((text) =>
      [...text.matchAll(/<(?:script|link|img|iframe)\b[^>]*(?:src|href)="(https?:[^"]*)"/g)].map(([, url]) => url),
    )
    expect(loads).toEqual([])
    expect(readFileSync(join(out, 'site.css'), 'utf8')).not.toMatch(/url\(|@import/)
  })

  test('has what a link shows of the repository: the files of a scenario', () => {
    expect(html.get('scenarios/gateway.html')).toContain('<h2 id="nginxconf">')
    expect(html.get('scenarios.html')).toContain('<a href="scenarios/gateway.html">')
  })
})

/** Broken links of a site whose README is this text, beside a page `docs/there.md` with the heading `Here`. */
function brokenOf(readme: string, groups = [{ title: 'All', files: ['README.md', 'docs/there.md'] }]): string[] {
  const root = mkdtempSync(join(folder, 'root-'))
  mkdirSync(join(root, 'docs'))
  writeFileSync(join(root, 'README.md'), readme)
  writeFileSync(join(root, 'docs/there.md'), '# There\n\n## Here\n')
  return buildSite({ root, out: join(root, 'out'), groups }).broken
}

test.each([
  ['[a](docs/there.md#here), [b](docs/there.md), [c](https://example.com/none)', []],
  ['[a](docs/gone.md)', ['README.md links to docs/gone.md, which does not exist']],
  ['[a](docs/there.md#gone)', ['README.md links to docs/there.md#gone, which has no such heading']],
  ['![a](docs/gone.png)', ['README.md links to docs/gone.png, which does not exist']],
])('tells where %s leads nowhere', (link, broken) => {
  expect(brokenOf(`# Title\n\n${link}\n`)).toEqual(broken)
})

test('tells of a page that no reader would find', () => {
  expect(brokenOf('# Title\n', [{ title: 'All', files: ['README.md'] }])).toEqual([
    'docs/there.md is listed in no group of docs/site/groups.mjs',
  ])
})
