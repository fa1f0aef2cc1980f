import { escaped } from '../../base/escape.js'

/** Text as it may stand in an element or a quoted attribute, whatever it holds. */
export function text(value: string): string {
  return escaped(value).replace(/[&<>"']/g, (character) => ENTITIES[character]!)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** JSON as it may stand in a script element: nothing in it ends the element or starts a comment. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** A table; cells are markup already. A row of one cell spans all columns. Columns named in `numbers` are set to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numbers: readonly number[],
): string {
  const whole = (content: string) => `<td class="whole" colspan="${head.length}">${content}</td>`
  const cell = (tag: 'td' | 'th') => (content: string, index: number) =>
    `<${tag}${numbers.includes(index) ? ' class="n"' : ''}>${content}</${tag}>`
  const body = rows
    .map((row) => `<tr>${row.length === 1 ? whole(row[0]!) : row.map(cell('td')).join('')}</tr>`)
    .join('\n')
  return `<div class="scroll"><table><thead><tr>${head.map(cell('th')).join('')}</tr></thead>\n<tbody>${body}</tbody></table></div>`
}

/** A section with a heading; nothing where there is no content. */
export function section(title: string, content: string): string {
  return content === '' ? '' : `<section><h2>${text(title)}</h2>\n${content}</section>\n`
}

/** Shows a path in the page's graph; hidden until the page's script finds one. */
export function graphButton(vm: string, path: string): string {
  return `<button type="button" hidden data-vm="${text(vm)}" data-path="${text(path)}">show in graph</button>`
}
