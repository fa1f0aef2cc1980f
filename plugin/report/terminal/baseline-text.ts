import { escaped } from '../../base/escape.js'
import { entryRow, type ToldUpdate, updateTitle } from '../words/baseline.js'
import { table } from './columns.js'

/** What was written to baselines: a title for each file, then each measurement with its entries. No line where none was updated. */
export function baselineText(updates: readonly ToldUpdate[], width: number): string[] {
  const files = [...new Set(updates.map(({ file }) => file))]
  return files.flatMap((file) => {
    const own = updates.filter((update) => update.file === file)
    return [`  ${escaped(updateTitle(own))}`, ...own.flatMap((update) => sectionText(update, width))]
  })
}

function sectionText({ section, entries, per }: ToldUpdate, width: number): string[] {
  if (entries.length === 0) return []
  const rows = entries.map((entry) => entryRow(entry, per).map(escaped))
  return [
    `    ${escaped(section)}`,
    ...table(rows, [2, 3], width - 6).flatMap((lines) => lines.map((line) => `      ${line}`)),
  ]
}
