import { resolve } from 'node:path'
import type { Command } from 'commander'
import { parseBudgetArgument } from '../../budget/budget.js'
import { parseKnownArgument } from '../../budget/known-leak.js'
import type { BaselineSection } from '../../measure/baseline-file.js'
import type { PlanInput } from '../../measure/plan-options.js'
import { writable } from './paths.js'
import { type PlanArguments, withPlanOptions } from './plan-options.js'
import { UsageError } from './usage.js'

/** What commander hands over of which growth is accepted, and of what a report may show. */
export interface JudgingArguments extends Pick<PlanArguments, 'budget' | 'known' | 'redact'> {
  readonly baseline?: string
  readonly updateBaseline?: boolean
}

/** Adds --budget, --known, --baseline, --update-baseline and --redact to a command. */
export function withJudgingOptions(command: Command): Command {
  withPlanOptions(command, ['budgets', 'knownLeaks'])
    .option('--baseline <file>', 'accepted growth by path; what exceeds it fails')
    .option('--update-baseline', 'write what grows to the baseline, which then accepts it')
  return withPlanOptions(command, ['redact'])
}

/** @throws BudgetError or KnownLeakError */
export function judgingOf({ budget = [], known = [], redact }: JudgingArguments) {
  return {
    budgets: budget.map(parseBudgetArgument),
    knownLeaks: known.map(parseKnownArgument),
    ...(redact !== undefined && { redact }),
  } satisfies PlanInput
}

/**
 * The section of the baseline file that speaks of this measurement; undefined where no file is given.
 * @throws UsageError or BaselineError
 */
export async function baselineOf(
  { baseline, updateBaseline = false }: JudgingArguments,
  section: string,
): Promise<BaselineSection | undefined> {
  if (baseline === undefined) {
    if (updateBaseline)
      throw new UsageError('--update-baseline needs --baseline FILE: where to write what is accepted.')
    return undefined
  }
  const file = updateBaseline ? await writable('--baseline', baseline, 'leaks.json') : resolve(baseline)
  const { readSection } = await import('../../measure/baseline-file.js')
  return await readSection(file, section, { update: updateBaseline, mustExist: true })
}
