import { escaped } from '../../base/escape.js'
import type { Finding } from './findings.js'

/** GitHub shows ten per step. */
const MOST = 10

/** Workflow commands of GitHub Actions, a line for each finding. */
export function annotations(findings: readonly Finding[]): string[] {
  return findings.slice(0, MOST).map(({ file, line, title, lines }) => {
    const message = lines.map((text) => data(text.slice(0, 500))).join('%0A')
    const place = [
      ...(file === undefined ? [] : [`file=${property(file)}`]),
      ...(file === undefined || line === undefined ? [] : [`line=${line}`]),
    ]
    return `::error ${[...place, `title=${property(title)}`].join(',')}::${message}`
  })
}

/** One more for people, where nothing is wrong with the code. */
export function warning(title: string, text: string): string {
  return `::warning title=${property(title)}::${data(text)}`
}

/** The runner takes what is escaped so for the text again; a line end of a key is shown as one, not made. */
function data(text: string): string {
  return escaped(text).replaceAll('%', '%25')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
