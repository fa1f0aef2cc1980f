import { escapeHtml } from './markdown.mjs'

/** Headings from which on a page has a list of them beside it. */
const LEAST_OUTLINE = 3

/**
 * One page as HTML.
 * @param {{
 *   file: string,
 *   page: { title: string, html: string, outline: readonly { heading: string, anchor: string }[] },
 *   groups: readonly { title: string, files: readonly string[] }[],
 *   titleOf: (file: string) => string,
 *   href: (path: string | undefined, anchor?: string) => string,
 * }} options
 */
export function layout({ file, page, groups, titleOf, href }) {
  const listed = groups.flatMap(({ files }) => files)
  const link = (other) =>
    `<li><a href="${href(other)}"${other === file ? ' aria-current="page"' : ''}>${escapeHtml(titleOf(other))}</a></li>`
  const nav = groups.map(({ title, files }) => `<h2>${title}</h2><ul>${files.map(link).join('')}</ul>`).join('\n')
  const next = listed.includes(file) ? listed[listed.indexOf(file) + 1] : undefined
  const outline = page.outline
    .map(({ heading, anchor }) => `<li><a href="#${escapeHtml(anchor)}">${escapeHtml(heading)}</a></li>`)
    .join('')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(page.title)}${file === 'README.md' ? '' : ' · vitest-openresty-leak'}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${href('/site.css')}">
</head>
<body data-root="${href('/') || '.'}">
<header>
<a class="home" href="${href('README.md')}">vitest-openresty-leak</a>
<div class="search"><input type="search" placeholder="Search (press /)" aria-label="Search"><ol hidden></ol></div>
</header>
<details class="pages"><summary>Pages</summary><nav>
${nav}
</nav></details>
<main>
${page.html}
${next ? `<p class="next">Next: <a href="${href(next)}">${escapeHtml(titleOf(next))}</a></p>` : ''}
</main>
${page.outline.length >= LEAST_OUTLINE ? `<aside><h2>On this page</h2><ul>${outline}</ul></aside>` : ''}
<script src="${href('/sections.js')}" defer></script>
<script src="${href('/search.js')}" defer></script>
</body>
</html>
`
}
