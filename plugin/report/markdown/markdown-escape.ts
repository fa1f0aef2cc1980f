import { escaped } from '../../base/escape.js'

/** A path longer than this is cut in the middle: one key of 10 kB must not push all else out of a comment. */
const LONGEST = 300

/** Text among Markdown: nothing in it is markup, a link, a mention or an issue. */
export function prose(text: string): string {
  return shorten(escaped(text))
    .replace(/[\\`*_{}[\]()#+!|~<>&@$^-]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/:\/\//g, '&#58;//')
}

/** Text in code style. HTML's own element, since a backtick cannot be escaped inside Markdown's. */
export function code(text: string): string {
  return `<code>${literal(text)}</code>`
}

/** Lines of source as they stand. HTML's own element, as above. */
export function codeBlock(lines: readonly string[]): string {
  return `<pre>${lines.map(literal).join('\n')}</pre>`
}

/** A message of several lines: the first as `mark` makes it stand out, and what follows, such as nginx's own words, in a block of code. */
export function withWords(message: string, mark: (first: string) => string): string {
  const [first = '', ...words] = message.split('\n')
  return words.length === 0 ? mark(prose(first)) : `${mark(prose(first))}\n\n${codeBlock(words)}`
}

function literal(text: string): string {
  return shorten(escaped(text)).replace(/[&<>|`*_[\]\\~@#$:^{}()!]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** Cells are Markdown already. */
export function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function shorten(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST / 2)}…${text.slice(-LONGEST / 2)}`
}
