import { isAbsolute, relative } from 'node:path'
import { updatedEntries } from '../budget/baseline-update.js'
import type { Baseline } from '../types/budget.js'
import type { LeakRun } from './leak-run.js'

/** A section of a baseline as it was before the run. */
export interface SectionBefore {
  readonly file: string
  readonly name: string
  readonly update: boolean
  readonly accepted: Baseline
}

/**
 * The run with what the update of its section wrote. Without an update it stays as it is, and so does a run that found nothing certain,
 * of which nothing is accepted.
 */
export function noteUpdate(run: LeakRun, { file, name, update, accepted }: SectionBefore): LeakRun {
  if (!update || (run.verdict !== 'ok' && run.verdict !== 'leak')) return run
  const entries = updatedEntries(accepted, run.acceptable(accepted))
  return run.withUpdate({ file: fromHere(file), section: name, entries })
}

function fromHere(file: string): string {
  const from = relative(process.cwd(), file)
  return from.startsWith('..') || isAbsolute(from) ? file : from.replaceAll('\\', '/')
}
