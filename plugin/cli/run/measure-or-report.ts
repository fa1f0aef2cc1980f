import { RuntimeError } from '../../base/runtime-error.js'
import { identityOf } from '../../compare/sides/identity.js'
import { bootRuntime } from '../../runtime/boot.js'
import type { Plan } from '../../types/plan.js'
import type { Runtime } from '../../types/runtime.js'
import type { RunSettings } from '../options/run-options.js'
import type { MeasuredServer } from '../options/server-options.js'
import { messageOf } from '../terminal/message.js'
import { Progress, type Terminal } from '../terminal/progress.js'
import { unmeasuredReport } from '../terminal/unmeasured.js'
import type { ServedOptions } from './measure-server.js'
import type { MeasuredRun } from './measured-run.js'

type Watching = Pick<ServedOptions, 'signal' | 'onStep'>

/**
 * The report, whatever happened. nginx starts while that is loaded which measures it and git is asked for the revision; it stops while the
 * report is made, and has ended when that is returned.
 * @param open starts the server, or attaches to it
 * @throws RuntimeError `RUNTIME_OPTIONS` for options that exclude each other, before anything has started
 */
export async function measureOrReport(
  settings: RunSettings,
  terminal: Terminal,
  signal: AbortSignal,
  open = openServer,
): Promise<MeasuredRun> {
  const { server, plan } = settings
  const identifying = identityOf(server.folder)
  // What makes the conf may change files that git knows, and the revision is that of before.
  if ('boot' in server && server.boot.prepare !== undefined) await identifying
  try {
    using progress = new Progress(terminal)
    const watching = { signal, onStep: (step: string) => progress.show(step) }
    const starting = open(server, watching)
    const loading = loadMeasuring(plan)
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

async function openServer(server: MeasuredServer, { signal, onStep }: Watching): Promise<Runtime> {
  if ('attach' in server) {
    onStep('attaching')
    const { attachRuntime } = await import('../../runtime/attach/attach.js')
    return await attachRuntime(server.attach)
  }
  onStep('starting OpenResty')
  return await bootRuntime({ ...server.boot, signal })
}

/** What measures; the client of its load comes behind that, and whoever sends says why where it cannot be loaded. */
async function loadMeasuring({ driver }: Plan): Promise<typeof import('./measure-server.js')> {
  const measuring = await import('./measure-server.js')
  const { clientMaker } = await import('../../load/client/client.js')
  if (driver.kind === 'requests') clientMaker().catch(() => {})
  return measuring
}
