import { noteUpdate } from '../../analysis/note-update.js'
import { judgeThresholds } from '../../load/thresholds/thresholds.js'
import { restartOf } from '../../locate/restart.js'
import { underBaseline } from '../../measure/baseline-file.js'
import { measure } from '../../measure/measure.js'
import { confOf } from '../../runtime/start/generated-conf.js'
import type { RunIdentity } from '../../types/identity.js'
import type { Plan } from '../../types/plan.js'
import type { LeakReport } from '../../types/report.js'
import type { Runtime, RuntimeOptions } from '../../types/runtime.js'
import type { RunSettings } from '../options/run-options.js'
import type { MeasuredRun } from './measured-run.js'

export interface ServedOptions {
  readonly signal: AbortSignal
  /** Told what is being done, for people. */
  readonly onStep: (step: string) => void
  readonly identity: RunIdentity
}

/** Measures a server that runs, and judges it under baseline and thresholds. @throws what stood in the way */
export async function measureServer(
  runtime: Runtime,
  settings: RunSettings,
  options: ServedOptions,
): Promise<MeasuredRun> {
  const { server, baseline, thresholds } = settings
  const plan = await planFor(runtime, settings, options)
  const seen = await measure(runtime, plan, {
    ...options,
    onIdle: () => void import('./tell-run.js'),
    onSeen: () => beginToStop(runtime),
    ...('boot' in server && {
      conf: confOf(server.boot, runtime),
      restart: restartOf({ ...server.boot, signal: options.signal }, runtime),
      ...(settings.selfCheck && { selfCheck: () => selfCheckOf(server.boot, options) }),
    }),
  })
  const run = baseline ? noteUpdate(await underBaseline(seen, baseline), baseline) : seen
  const report = run.load ? withThresholds(run, judgeThresholds(run.load, thresholds)) : run
  return { report, url: runtime.url, plan }
}

/** The plan as it was asked for, or that of the requests which answer as expected. */
async function planFor(
  runtime: Runtime,
  { plan, exploration }: RunSettings,
  { signal, onStep }: ServedOptions,
): Promise<Plan> {
  if (!exploration) return plan
  const { planExplored } = await import('../../explore/planned.js')
  return await planExplored(runtime, exploration.input, exploration.found, { signal, onStep })
}

/** Who owns the runtime waits for its end, and hears there if it fails. */
function beginToStop(runtime: Runtime): void {
  Promise.resolve(runtime[Symbol.asyncDispose]()).catch(() => {})
}

async function selfCheckOf(boot: RuntimeOptions, options: Pick<ServedOptions, 'signal' | 'onStep'>) {
  const { selfCheck, selfCheckFault } = await import('../../measure/self-check.js')
  return selfCheckFault(await selfCheck(boot, options))
}

function withThresholds(report: LeakReport, violations: LeakReport['violations']): LeakReport {
  const passed = report.passed && violations.every(({ level }) => level !== 'error')
  return { ...report, passed, violations: [...report.violations, ...violations] }
}
