import { escaped } from '../../base/escape.js'
import type { LeakReport } from '../../types/report.js'
import { headline } from '../terminal/headline.js'
import { palette } from '../terminal/palette.js'
import { addedWords, isInBytes } from '../words/added.js'
import { ownerPlace } from '../words/place.js'
import { holderName, holderPlace, objectWords, processRate } from '../words/process-words.js'

/** GitHub shows ten per step. */
const MOST = 10

/** One measurement and the file it was asked for in. */
export interface Annotated {
  /** Relative to the repository. */
  readonly file: string
  readonly title: string
  readonly report: LeakReport
}

/**
 * Workflow commands, a line each, for the measurements that did not pass: verdict, the paths that grew most, and who
 * holds what grew off the Lua heap.
 */
export function annotations(measurements: readonly Annotated[]): string[] {
  const failed = measurements.filter(({ report }) => !report.passed)
  return failed.slice(0, MOST).map(({ file, title, report }) => {
    const place = addedPlace(report)
    const paths = report.growths.slice(0, 3).map((growth) => {
      const where = ownerPlace(growth)
      const [added] = growth.addedAt ?? []
      const words = added ? `, ${addedWords(added, { per: growth.per, isInBytes: isInBytes(growth) })}` : ''
      return `${growth.path}${where ? ` (${where})` : ''}${words}`
    })
    const offHeap = report.process.growths.slice(0, 3).map((growth) => {
      const facts = [holderPlace(growth), objectWords(growth) ?? ''].filter((fact) => fact !== '')
      return `${holderName(growth)}, ${processRate(growth)}${facts.length > 0 ? ` (${facts.join('; ')})` : ''}`
    })
    const message = [headline(report, palette(false)), ...paths, ...offHeap]
      .map((line) => data(line.slice(0, 500)))
      .join('%0A')
    return `::error file=${property(place?.file ?? file)},${place ? `line=${place.line},` : ''}title=${property(title)}::${message}`
  })
}

/** The line that adds most, in the repository: its file is relative to nginx's prefix, and that to where the run began. */
function addedPlace({
  runtime,
  growths,
  process,
}: LeakReport): { readonly file: string; readonly line: number } | undefined {
  const [first] = [...growths, ...process.growths].flatMap(({ addedAt = [] }) => addedAt.slice(0, 1))
  if (!first || first.file === null || first.line === null || runtime.folder === undefined) return undefined
  if (first.file.startsWith('/')) return undefined
  return { file: runtime.folder === '' ? first.file : `${runtime.folder}/${first.file}`, line: first.line }
}

/** The runner takes what is escaped so for the text again; a line end of a key is shown as one, not made. */
function data(text: string): string {
  return escaped(text).replaceAll('%', '%25')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
