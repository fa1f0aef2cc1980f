import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { LeakRun } from '../analysis/leak-run.js'
import { writeJson } from '../base/write-file.js'
import { parsePath } from '../heap/path.js'
import type { AcceptedGrowth, Baseline } from '../types/budget.js'

/** A baseline that cannot be used. `code` is `BASELINE_UNREADABLE` or `BASELINE_INVALID`. */
export class BaselineError extends Error {
  override readonly name = 'BaselineError'

  constructor(
    readonly code: 'BASELINE_UNREADABLE' | 'BASELINE_INVALID',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** One measurement's part of a baseline file. */
export interface BaselineSection {
  readonly file: string
  /** Which measurement: its test, or its requests. */
  readonly name: string
  /** Whether what grows is to be accepted. */
  readonly update: boolean
  readonly accepted: Baseline
}

const FORMAT = 'openresty-leak-baseline/1'

/** What the file holds: accepted growth by measurement and path. */
interface BaselineFile {
  readonly format: typeof FORMAT
  readonly accepted: Readonly<Record<string, Baseline>>
}

/**
 * Reads one measurement's section. A section that is not there accepts nothing.
 * @param options `mustExist`: refuse a file that does not exist, unless it is to be written
 * @throws BaselineError naming the file, what is wrong and what to do
 */
export async function readSection(
  file: string,
  name: string,
  { update, mustExist }: { readonly update: boolean; readonly mustExist: boolean },
): Promise<BaselineSection> {
  const { accepted } = await readBaselineFile(file, { mustExist: mustExist && !update, renew: update })
  return { file, name, update, accepted: accepted[name] ?? {} }
}

/**
 * The run judged under a section; where that is to be updated, the section then accepts what the run found.
 * A run that found nothing certain (invalid, inconclusive) accepts nothing.
 */
export async function underBaseline(run: LeakRun, section: BaselineSection): Promise<LeakRun> {
  const certain = run.verdict === 'ok' || run.verdict === 'leak'
  if (!section.update || !certain) return run.withBaseline(section.accepted)
  const accepted = run.acceptable(section.accepted)
  await writeSection(section, accepted)
  return run.withBaseline(accepted)
}

/** Other sections are read anew: a test that ran meanwhile may have written its own. */
async function writeSection({ file, name }: BaselineSection, baseline: Baseline): Promise<void> {
  const { accepted } = await readBaselineFile(file, { mustExist: false, renew: true })
  const { [name]: _old, ...others } = accepted
  const sections = { ...others, ...(Object.keys(baseline).length > 0 && { [name]: baseline }) }
  const sorted = Object.fromEntries(Object.entries(sections).sort(([one], [other]) => (one < other ? -1 : 1)))
  await mkdir(dirname(file), { recursive: true })
  await writeJson(file, { format: FORMAT, accepted: sorted } satisfies BaselineFile)
}

interface Reading {
  readonly mustExist: boolean
  /** Entries that accept nothing are left out rather than refused, since the file is written anew. */
  readonly renew: boolean
}

async function readBaselineFile(file: string, { mustExist, renew }: Reading): Promise<BaselineFile> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' && !mustExist) return { format: FORMAT, accepted: {} }
    const reason = code === 'ENOENT' ? 'no such file' : String(code)
    throw new BaselineError(
      'BASELINE_UNREADABLE',
      `cannot read baseline ${file}: ${reason}. Accept what grows now with --update-baseline, or mend the name.`,
      { cause },
    )
  }
  return checkFile(file, text, renew)
}

function checkFile(file: string, text: string, renew: boolean): BaselineFile {
  const invalid = (reason: string, cause?: unknown) =>
    new BaselineError(
      'BASELINE_INVALID',
      `baseline ${file} ${reason}. Mend it, or write it anew with --update-baseline.`,
      {
        cause,
      },
    )
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch (cause) {
    throw invalid(`is no JSON: ${(cause as Error).message}`, cause)
  }
  const { format, accepted } = (isRecord(read) ? read : {}) as Partial<BaselineFile>
  if (format !== FORMAT) throw invalid(`has format ${JSON.stringify(format)}, not ${FORMAT}`)
  if (!isRecord(accepted)) throw invalid('has no object "accepted"')
  const kept: Record<string, Baseline> = {}
  for (const [name, section] of Object.entries(accepted)) {
    if (!isRecord(section)) throw invalid(`has no object in "${name}"`)
    kept[name] = {}
    for (const [key, entry] of Object.entries(section)) {
      try {
        parsePath(key.replace(/^\w+ /, ''))
      } catch (cause) {
        throw invalid(`has an unreadable path in "${name}": ${(cause as Error).message}`, cause)
      }
      if (isAccepted(entry)) kept[name] = { ...kept[name], [key]: entry }
      else if (!renew) throw invalid(`has no rate at ${key} in "${name}", and so would accept any growth there`)
    }
  }
  return { format, accepted: kept }
}

function isAccepted(entry: unknown): entry is AcceptedGrowth {
  if (!isRecord(entry) || (entry.class !== 'leak' && entry.class !== 'clock')) return false
  const { class: _found, ...rates } = entry
  const values = Object.values(rates)
  return values.every((value) => typeof value === 'number' && value >= 0) && values.some((value) => Number(value) > 0)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
