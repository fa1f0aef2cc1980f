import { plural } from '../../base/number.js'
import type { LeakReport } from '../../types/report.js'
import { hasDifference } from '../compare/compare-headline.js'
import { compareSection } from '../compare/compare-markdown.js'
import type { Finding } from '../export/findings.js'
import { hasFindings, measurementPieces } from '../markdown/markdown.js'
import { code, prose } from '../markdown/markdown-escape.js'
import { joinWhatFits } from '../markdown/what-fits.js'
import { reachWords } from '../words/seen.js'
import { allFindings, type PullRequestReports } from './reports.js'

/** Where the comment will stand, and what it can point at. */
export interface CommentPlace {
  /** Of the job: each has a comment of its own. */
  readonly name: string
  readonly commit?: string | undefined
  /** URL of the job's log. */
  readonly log?: string | undefined
  /** URL of the artifact that has the reports. */
  readonly artifact?: string | undefined
}

export interface Comment {
  /** Its first line, by which it is found again. */
  readonly marker: string
  readonly body: string
  /** Whether it has anything to say; if not, it is only written over one that had. */
  readonly hasNews: boolean
}

/** A comparison's part of the comment, in characters: enough for some 200 paths, and leak tests keep the larger part. */
const LONGEST_COMPARISON = 24_000

/** The one comment of a job on a pull request: what is wrong, the lines that add, how small a leak would have shown, then the reports. */
export function pullRequestComment(reports: PullRequestReports, place: CommentPlace): Comment {
  const { measurements, comparisons, missing } = reports
  const found = allFindings(reports)
  // A job that failed although each measurement passed: a test that did not get as far as to measure, a tool that broke.
  const isUnexplained = reports.hasFailed && found.length === 0 && missing.length === 0
  const rows = measurements.map(({ title, state, report }) => ({ name: title, state, reports: [report] }))
  const marker = `<!-- vitest-openresty-leak comment ${place.name.replace(/[^\w.]+/g, '-')} -->`
  const body = joinWhatFits([
    `${marker}\n## OpenResty memory: ${titleOf(found, missing.length > 0 || isUnexplained)}\n\n${about(place)}`,
    ...addedLines(found),
    ...missing.map(({ file, reason }) => `\n:warning: Not measured: ${code(file)}: ${prose(reason)}\n`),
    ...(isUnexplained ? [`\n:warning: The job failed, and no measurement says why: its log does.\n`] : []),
    ...(rows.length > 0 ? ['\n', ...measurementPieces(rows)] : []),
    ...comparisons.map((comparison) => `\n${compareSection(comparison, LONGEST_COMPARISON)}`),
    ...sensitivity(reports),
  ])
  const hasNews =
    found.length > 0 || missing.length > 0 || isUnexplained || hasFindings(rows) || comparisons.some(hasDifference)
  return { marker, body, hasNews }
}

function titleOf(found: readonly Finding[], isIncomplete: boolean): string {
  const leaks = new Set(found.filter(({ kind }) => kind === 'leak').map(({ subject }) => subject)).size
  const hasLimits = found.some(({ kind }) => kind === 'limit')
  const isUnmeasured = isIncomplete || found.some(({ kind }) => kind === 'unmeasured')
  const facts = [
    ...(leaks > 0 ? [plural(leaks, 'leak')] : []),
    ...(hasLimits ? ['a limit is exceeded'] : []),
    ...(isUnmeasured ? ['not all could be measured'] : []),
  ]
  if (facts.length === 0) return 'no leak'
  return `${leaks > 0 || hasLimits ? ':x:' : ':warning:'} ${facts.join(', ')}`
}

/** `Commit 1a2b3c4. Reports, log.`, with what is known of it. */
function about({ commit, log, artifact }: CommentPlace): string {
  const links = [...(artifact ? [`[reports](${artifact})`] : []), ...(log ? [`[log](${log})`] : [])]
  const facts = [...(commit ? [`Commit ${code(commit.slice(0, 7))}`] : []), ...links]
  return facts.length === 0 ? '' : `${facts.join(', ')}\n`
}

/** The lines to mend, from the repository's root. */
function addedLines(found: readonly Finding[]): string[] {
  const lines = found.flatMap(({ kind, file, line, lines: [, words = ''] }) =>
    kind === 'leak' && file !== undefined && line !== undefined
      ? [`- ${code(`${file}:${line}`)}: ${prose(words)}`]
      : [],
  )
  return lines.length === 0 ? [] : [`\n**Where to look**\n\n${[...new Set(lines)].join('\n')}\n`]
}

/** Of the least sensitive measurement, since all others would have shown as much. */
function sensitivity({ measurements, comparisons }: PullRequestReports): string[] {
  const reached = [
    ...measurements.map(({ report: { sensitivity, per } }) => ({ sensitivity, per })),
    ...comparisons.map(({ head }) => ({ sensitivity: head.memory?.sensitivity, per: undefined })),
  ].filter((one): one is { sensitivity: number; per: LeakReport['per'] } => typeof one.sensitivity === 'number')
  const [least] = [...reached].sort((one, other) => other.sensitivity - one.sensitivity)
  if (!least) return []
  const who = reached.length === 1 ? 'The measurement' : 'Each measurement'
  return [`\n${who} would have shown ${reachWords(least.sensitivity, least.per)}.\n`]
}
