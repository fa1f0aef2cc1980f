import type { Comparison } from '../../types/compare/comparison.js'
import { BENCH_FORMAT, type BenchResult } from '../../types/compare/result.js'
import type { Revision } from '../../types/identity.js'
import { environment } from '../environment.js'
import type { Sides } from '../sides/sides.js'
import { type JudgeOptions, judgeComparison } from './judge.js'

/** The comparison of sides that could not be started: what `--json` and the other forms get on exit 3. */
export function unmeasuredComparison(
  { base, head }: Pick<Sides, 'base' | 'head'>,
  reason: string,
  judging: Pick<JudgeOptions, 'minimums' | 'level' | 'failOn'>,
): Comparison {
  const options = { ...judging, paired: true, seconds: null, broken: [reason] }
  return judgeComparison(resultOfNone(base.revision), resultOfNone(head.revision), options)
}

function resultOfNone(revision: Revision | null): BenchResult {
  return {
    format: BENCH_FORMAT,
    takenAt: new Date().toISOString(),
    revision,
    environment: environment('nothing was started', null),
    tasks: [],
    memory: null,
  }
}
