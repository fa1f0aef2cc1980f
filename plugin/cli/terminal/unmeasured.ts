import type { RunIdentity } from '../../types/identity.js'
import type { LeakReport } from '../../types/report.js'

/** The report of a run that failed before there was anything to measure: what `--json` gets on exit 3. */
export function unmeasuredReport(reason: string, identity?: RunIdentity): LeakReport {
  return {
    format: 'openresty-leak-report/1',
    verdict: 'invalid',
    passed: false,
    reasons: [reason],
    runtime: { kind: 'none', description: 'nothing was started', workers: [] },
    ...(identity && { identity: { ...identity, luajit: null } }),
    requests: { asked: 0, completed: 0, counter: null, rounds: [], warmup: 0, confirm: [] },
    growths: [],
    moved: [],
    violations: [],
    process: { rss: { before: 0, after: 0 }, growths: [] },
    load: null,
    snapshots: [],
  }
}
