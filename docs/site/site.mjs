import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, extname, join, normalize, relative } from 'node:path/posix'
import { fileURLToPath } from 'node:url'
import { layout } from './layout.mjs'
import { renderMarkdown } from './markdown.mjs'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))

/** Shown as they are; other files of a folder are only named. */
const TEXT = [
  '.conf',
  '.lua',
  '.ts',
  '.mjs',
  '.js',
  '.json',
  '.md',
  '.proto',
  '.yml',
  '.yaml',
  '.txt',
  '.sh',
  '.c',
  '.h',
]
/** Copied, since a page shows them or a program reads them. */
const COPIED = ['.png', '.svg', '.json']

/**
 * Writes the site. What a page links to in the repository becomes part of it: Markdown and folders as pages, pictures and schemas as files.
 * @param {{ root: string, out: string, groups: readonly { title: string, files: readonly string[] }[] }} options
 * @returns {{ pages: number, broken: string[] }} broken links, each with its page; pages that no group lists count as such
 */
export function buildSite({ root, out, groups }) {
  const listed = groups.flatMap(({ files }) => files)
  const { pages, copied, missing } = collect(root, listed)
  const broken = [...missing, ...missingHeadings(pages), ...unlisted(root, listed)]

  rmSync(out, { recursive: true, force: true })
  const write = (name, text) => {
    mkdirSync(dirname(join(out, name)), { recursive: true })
    writeFileSync(join(out, name), text)
  }
  for (const [file, page] of pages) {
    write(
      addressOf(file),
      layout({ file, page, groups, titleOf: (other) => pages.get(other).title, href: hrefFrom(file) }),
    )
  }
  for (const path of copied) {
    mkdirSync(dirname(join(out, addressOf(path))), { recursive: true })
    cpSync(join(root, path), join(out, addressOf(path)))
  }
  for (const name of ['site.css', 'search.js']) cpSync(here(name), join(out, name))
  write('sections.js', `const SECTIONS = ${JSON.stringify([...pages].flatMap(sectionsOf))}\n`)
  return { pages: pages.size, broken }
}

/** All that can be reached from some files: pages, files that are copied, and links to what does not exist. */
function collect(root, files) {
  const pages = new Map()
  const copied = new Set()
  const missing = []
  const waiting = [...files]
  for (const file of waiting) {
    if (pages.has(file)) continue
    const page = pageOf(root, file)
    pages.set(file, page)
    for (const { path } of page.links) {
      if (!path) continue
      const kind = kindOf(root, path)
      if (kind === undefined) missing.push(`${file} links to ${path}, which does not exist`)
      else if (kind === 'copied') copied.add(path)
      else waiting.push(path)
    }
  }
  return { pages, copied, missing }
}

function missingHeadings(pages) {
  return [...pages].flatMap(([file, { links }]) =>
    links.flatMap(({ path, anchor }) => {
      const target = pages.get(path || file)
      return anchor && target && !target.anchors.includes(anchor)
        ? [`${file} links to ${path || file}#${anchor}, which has no such heading`]
        : []
    }),
  )
}

function unlisted(root, listed) {
  return readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md') && !listed.includes(`docs/${name}`))
    .map((name) => `docs/${name} is listed in no group of docs/site/groups.mjs`)
}

/** How a path of the repository comes into the site; undefined where there is none. */
function kindOf(root, path) {
  const found = statSync(join(root, path), { throwIfNoEntry: false })
  if (!found) return undefined
  return found.isFile() && COPIED.includes(extname(path)) ? 'copied' : 'page'
}

function pageOf(root, file) {
  const path = join(root, file)
  const isMarkdown = file.endsWith('.md')
  const text = isMarkdown ? readFileSync(path, 'utf8') : sourceText(path, file)
  return renderMarkdown(text, {
    resolve: (link) => (isMarkdown ? normalize(join(dirname(file), link)).replace(/\/$/, '') : link),
    href: hrefFrom(file),
  })
}

/** A file or folder as Markdown. */
function sourceText(path, name) {
  if (statSync(path).isFile()) return `# ${name}\n\n${fenced(path)}`
  const files = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)))
    .sort()
  return `# ${name}\n\n${files.map((file) => `## ${file}\n\n${fenced(join(path, file))}`).join('\n\n')}\n`
}

function fenced(path) {
  if (!TEXT.includes(extname(path))) return 'Not shown here.'
  return `~~~~${extname(path).slice(1)}\n${readFileSync(path, 'utf8').trimEnd()}\n~~~~`
}

/** Where a path of the repository is in the site: what is in docs/ at the top, the README as its first page. */
function addressOf(path) {
  if (path === 'README.md') return 'index.html'
  const inSite = path.replace(/^docs\//, '')
  if (COPIED.includes(extname(path))) return inSite
  return `${inSite.replace(/\.md$/, '')}.html`
}

/** Relative, so that the site works from a disk and below any address. */
function hrefFrom(file) {
  const from = dirname(addressOf(file))
  return (path, anchor) => {
    const to = path === undefined ? '' : relative(from, path.startsWith('/') ? path.slice(1) : addressOf(path))
    return `${to}${anchor ? `#${anchor}` : ''}`
  }
}

function sectionsOf([file, { title, sections }]) {
  return sections.map(({ heading, anchor, text }) => [
    title,
    heading,
    `${addressOf(file)}${anchor ? `#${anchor}` : ''}`,
    text,
  ])
}
