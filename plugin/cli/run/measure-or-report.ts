import { RuntimeError } from '../../base/runtime-error.js'
import { identityOf } from '../../compare/sides/identity.js'
import type { Runtime } from '../../types/runtime.js'
import type { RunSettings } from '../options/run-options.js'
import type { MeasuredServer } from '../options/server-options.js'
import { messageOf } from '../terminal/message.js'
import { Progress, type Terminal } from '../terminal/progress.js'
import { unmeasuredReport } from '../terminal/unmeasured.js'
import type { ServedOptions } from './measure-server.js'
import type { MeasuredRun } from './measured-run.js'

/**
 * The report, whatever happened. nginx starts while that is loaded which measures it and git is asked for the revision; it stops while the
 * report is made, and has ended when that is returned.
 * @param load gives what starts the server
 * @throws RuntimeError `RUNTIME_OPTIONS` for options that exclude each other, before anything has started
 */
export async function measureOrReport(
  settings: RunSettings,
  terminal: Terminal,
  signal: AbortSignal,
  load = loadStart,
): Promise<MeasuredRun> {
  const { server, plan } = settings
  const identifying = identityOf(server.folder)
  // What makes the conf may change files that git knows, and the revision is that of before.
  if ('boot' in server && server.boot.prepare !== undefined) await identifying
  try {
    using progress = new Progress(terminal)
    const watching = { signal, onStep: (step: string) => progress.show(step) }
    const start = await load(server)
    const starting = start(watching)
    const loading = import('./measure-server.js')
    await using runtime = await starting
    const { measureServer } = await loading
    return await measureServer(runtime, settings, { ...watching, identity: await identifying })
  } catch (error) {
    // Options that exclude each other: found by the runtime, but before anything started.
    if (error instanceof RuntimeError && error.code === 'RUNTIME_OPTIONS') throw error
    const failure = messageOf(error)
    return { report: unmeasuredReport(failure, await identifying), url: '', plan, failure }
  }
}

type Start = (options: Pick<ServedOptions, 'signal' | 'onStep'>) => Promise<Runtime>

/** What starts the server, or attaches to it; nothing else is loaded before it has begun. */
async function loadStart(server: MeasuredServer): Promise<Start> {
  if ('attach' in server) {
    const { attachRuntime } = await import('../../runtime/attach/attach.js')
    return ({ onStep }) => {
      onStep('attaching')
      return attachRuntime(server.attach)
    }
  }
  const { bootRuntime } = await import('../../runtime/boot.js')
  return ({ signal, onStep }) => {
    onStep('starting OpenResty')
    return bootRuntime({ ...server.boot, signal })
  }
}
