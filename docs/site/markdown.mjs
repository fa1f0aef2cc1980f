import GithubSlugger from 'github-slugger'
import { Marked } from 'marked'

/**
 * A page from Markdown: anchors are GitHub's, links of the repository those of the site.
 * @param {string} text
 * @param {{ resolve: (link: string) => string, href: (path: string | undefined, anchor?: string) => string }} options
 *   resolve: from what a link says to a path of the repository; href: from there to an address
 */
export function renderMarkdown(text, { resolve, href }) {
  const slugger = new GithubSlugger()
  const links = []
  const sections = []
  /** The words of each section, which walkTokens meets before anything is rendered: those of the blocks below its heading. */
  const words = []
  const addressOf = (link) => {
    if (/^[a-z]+:/.test(link)) return link
    const [target, anchor] = link.split('#')
    const path = target ? resolve(decodeURIComponent(target)) : undefined
    links.push({ path: path ?? '', ...(anchor && { anchor }) })
    return href(path, anchor)
  }
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }) {
        const heading = plain(tokens)
        const anchor = slugger.slug(heading)
        sections.push({ heading, anchor, depth })
        return `<h${depth} id="${escapeHtml(anchor)}"><a href="#${escapeHtml(anchor)}">${this.parser.parseInline(tokens)}</a></h${depth}>\n`
      },
      link({ href: link, tokens }) {
        return `<a href="${escapeHtml(addressOf(link))}">${this.parser.parseInline(tokens)}</a>`
      },
      image({ href: link, text: description }) {
        return `<img src="${escapeHtml(addressOf(link))}" alt="${escapeHtml(description)}">`
      },
      // A wide table or block is scrolled by itself, not with its page.
      table(token) {
        const cells = (row, name) =>
          row.map((cell) => `<${name}>${this.parser.parseInline(cell.tokens)}</${name}>`).join('')
        const head = token.header.some((cell) => cell.text)
          ? `<thead><tr>${cells(token.header, 'th')}</tr></thead>`
          : ''
        const rows = token.rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n')
        return `<div class="wide"><table>${head}<tbody>${rows}</tbody></table></div>\n`
      },
      code({ text: lines, lang }) {
        return `<pre tabindex="0"><code${lang ? ` class="language-${escapeHtml(lang)}"` : ''}>${escapeHtml(lines)}\n</code></pre>\n`
      },
      // Comments are for whoever edits the file.
      html() {
        return ''
      },
    },
    walkTokens(token) {
      if (token.type === 'heading') words.push([])
      else if (['text', 'codespan', 'code'].includes(token.type) && !token.tokens) words.at(-1)?.push(token.text)
    },
  })
  const html = marked.parse(text, { async: false })
  const [first] = sections
  return {
    title: first?.heading ?? '',
    html,
    links,
    anchors: sections.map(({ anchor }) => anchor),
    outline: sections.filter(({ depth }) => depth === 2),
    sections: sections.map(({ heading, anchor }, index) => ({
      heading,
      anchor: index === 0 ? '' : anchor,
      text: words[index].join(' ').replace(/\s+/g, ' '),
    })),
  }
}

/** The words of a heading, without its markup. */
function plain(tokens) {
  return tokens.map((token) => (token.tokens ? plain(token.tokens) : token.text)).join('')
}

export function escapeHtml(text) {
  return text.replace(/[&<>"]/g, (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[one])
}
