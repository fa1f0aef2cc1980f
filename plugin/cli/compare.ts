import { Command, Option } from 'commander'
import { RuntimeError } from '../base/runtime-error.js'
import { unmeasuredComparison } from '../compare/judge/unmeasured.js'
import { compare } from '../compare/run/compare.js'
import { checkOut } from '../compare/sides/checkout.js'
import { compareText } from '../report/compare/compare-text.js'
import type { Comparison, SideName } from '../types/compare/comparison.js'
import { COMPARISON_FORMS } from './forms/comparison-forms.js'
import { withBootOptions, withPrepareOption } from './options/boot-options.js'
import {
  type CompareArguments,
  type CompareSettings,
  compareSettings,
  DEFAULT_ROUND_MS,
  DEFAULT_ROUNDS,
} from './options/compare-options.js'
import { withFileOptions } from './options/file-options.js'
import { withPlanOptions } from './options/plan-options.js'
import { withRequestOptions } from './options/request-options.js'
import { collect } from './options/values.js'
import { CHECKED_OUT, StartedSide } from './started-side.js'
import { compareExitCode, EXIT } from './terminal/exit.js'
import { Interrupt } from './terminal/interrupt.js'
import { errorText, messageOf } from './terminal/message.js'
import { Progress, type Terminal, textOptions } from './terminal/progress.js'
import { besideFiles, writeFiles } from './terminal/write-files.js'

/** `resty-leak compare CONF --base REF|DIR`: two revisions side by side. `done` gets the exit code. */
export function compareCommand(terminal: Terminal, done: (code: number) => void): Command {
  const command = new Command('compare')
    .summary('compare memory and times of two revisions, side by side')
    .description(
      'Boots CONF of two revisions at once, loads them in turn, and tells what head keeps, holds and takes more than base.',
    )
    .argument('<conf>', 'nginx.conf of head; base has it at the same place')
    .option('--base <ref|dir>', 'git revision, or folder, to compare with')
    .option('--head <dir>', 'folder of head (default: the git repository that CONF is in)')
    .option('--dirty', 'take head with its uncommitted changes')
  withPlanOptions(command, ['request'])
  withRequestOptions(command).option(
    '--prefix <dir>',
    "nginx prefix, in both sides (default: the conf's folder, or its parent if that is named conf)",
  )
  withPrepareOption(withBootOptions(command), "each side's own folder")
  withPlanOptions(command, ['amount', 'connections', 'warmup'], {
    amount: 'requests of the planned memory rounds, together',
  })
    .option('--rounds <n>', `rounds of times on each side; 0 compares memory alone (default: ${DEFAULT_ROUNDS})`)
    .option('--round-ms <n>', `about how long the load of one such round takes (default: ${DEFAULT_ROUND_MS})`)
    .option(
      '--threshold <METRIC:VALUE>',
      'smallest change that is called: latency, p99, throughput, cpu as 5%, heap as 64KB; repeat for several',
      collect,
    )
    .addOption(new Option('--fail-on <what>', 'what ends with 1').choices(['leak', 'slower', 'either']).default('leak'))
  return withFileOptions(command, COMPARISON_FORMS).action(async (conf: string, given: CompareArguments) => {
    done(await run(await compareSettings(conf, given), terminal))
  })
}

async function run(settings: CompareSettings, terminal: Terminal): Promise<number> {
  using interrupt = new Interrupt()
  const { comparison, failure } = await comparisonOf(settings, terminal, interrupt.signal)
  if (interrupt.signal.aborted) {
    terminal.err.write(`resty-leak: ${messageOf(interrupt.signal.reason)}\n`)
    return EXIT.interrupted
  }
  const screen = besideFiles(terminal, settings.files)
  if (failure !== undefined) terminal.err.write(errorText(failure, terminal))
  else screen.out.write(`${compareText(comparison, textOptions(screen))}\n`)
  return compareExitCode(comparison, await writeFiles(settings.files, COMPARISON_FORMS, comparison, terminal))
}

/** The comparison, whatever happened; `failure` is set where there was nothing to measure. */
async function comparisonOf(
  settings: CompareSettings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<{ readonly comparison: Comparison; readonly failure?: string }> {
  const { sides, plan } = settings
  try {
    const found = await compareSides(settings, terminal, signal)
    const fresh = sides.base.commit !== null && found.base.memory?.verdict === 'invalid'
    return { comparison: fresh ? { ...found, reasons: [...found.reasons, CHECKED_OUT] } : found }
  } catch (error) {
    // Options that exclude each other: found by the runtime, but before anything started.
    if (error instanceof RuntimeError && error.code === 'RUNTIME_OPTIONS' && !signal.aborted) throw error
    const failure = messageOf(error)
    return { comparison: unmeasuredComparison(sides, failure, plan.judging), failure }
  }
}

/** Boots both sides, compares them, and leaves nothing behind. */
async function compareSides(settings: CompareSettings, terminal: Terminal, signal: AbortSignal): Promise<Comparison> {
  using progress = new Progress(terminal)
  const onStep = (step: string) => progress.show(step)
  const from = performance.now()
  onStep('checking out base')
  await using folders = await checkOut(settings.sides)
  const start = (name: SideName) => {
    onStep(`starting ${settings.sides[name].title}`)
    return StartedSide.start(settings, { name, folders, signal })
  }
  await using base = await start('base')
  await using head = await start('head')
  const bootSeconds = Math.round(performance.now() - from) / 1000
  const comparison = await compare(base, head, settings.plan, { signal, onStep })
  return { ...comparison, seconds: comparison.seconds && { ...comparison.seconds, boot: bootSeconds } }
}
