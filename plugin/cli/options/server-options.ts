import { dirname } from 'node:path'
import type { AttachOptions } from '../../runtime/attach/attach.js'
import type { RuntimeOptions } from '../../types/runtime.js'
import { type BootArguments, bootOptions } from './boot-options.js'
import { attachTarget } from './live-options.js'
import { folder, readable } from './paths.js'
import { UsageError } from './usage.js'
import { someMilliseconds } from './values.js'

/** What commander hands over of the server that is measured. */
export interface ServerArguments extends BootArguments {
  readonly prefix?: string
  readonly keep?: boolean
  readonly attach?: string
  readonly url?: string
  /** Refused for a server that runs already: the check starts one. */
  readonly selfCheck?: boolean
  readonly reload?: boolean
}

/** The server of a run: started from a conf, or one that somebody else started. */
export type MeasuredServer = {
  /** What reports call it: the conf as the user wrote it, or what was attached to. */
  readonly title: string
  /** Its revision is that of this folder. */
  readonly folder: string
} & ({ readonly boot: RuntimeOptions } | { readonly attach: AttachOptions })

/** Which of the two the arguments name; what would be for the other is refused. @throws UsageError */
export async function serverOf(conf: string | undefined, given: ServerArguments): Promise<MeasuredServer> {
  if (given.attach !== undefined) {
    return { title: given.attach, folder: process.cwd(), attach: attachOptions(given.attach, conf, given) }
  }
  if (given.url !== undefined)
    throw new UsageError('--url is where an attached server answers: it needs --attach PID|ID.')
  if (conf === undefined) throw new UsageError('what is to run? Give an nginx.conf, or --attach PID|ID --url URL.')
  const { prefix, prepare, keep = false } = given
  // where a command makes it there is nothing to read yet
  const file = prepare === undefined ? await readable(conf) : conf
  const boot = {
    conf: file,
    ...bootOptions(given),
    ...(prefix !== undefined && { prefix: await folder('--prefix', prefix) }),
    keep,
  }
  return { title: conf, folder: prepare === undefined ? dirname(file) : process.cwd(), boot }
}

function attachOptions(attach: string, conf: string | undefined, given: ServerArguments): AttachOptions {
  const { url } = given
  if (url === undefined)
    throw new UsageError('--attach needs --url: where that server answers, such as http://127.0.0.1:8080.')
  const boots = [
    conf !== undefined && 'an nginx.conf',
    given.prefix !== undefined && '--prefix',
    given.prepare !== undefined && '--prepare',
    given.image !== undefined && '--image',
    given.dockerfile !== undefined && '--dockerfile',
    given.openresty !== undefined && '--openresty',
    given.workers !== undefined && '--workers',
    given.replace !== undefined && '--replace',
    given.env !== undefined && '--env',
    given.runtime !== 'auto' && '--runtime',
    given.keep && '--keep',
    given.selfCheck && '--self-check',
    given.reload && '--reload',
  ].filter((option) => typeof option === 'string')
  if (boots.length > 0) {
    throw new UsageError(
      `--attach measures a server as it runs; ${boots.join(', ')} would be for starting one. Leave it out.`,
    )
  }
  const startTimeoutMs = someMilliseconds('--start-timeout', given.startTimeout)
  return { ...attachTarget(attach), url, ...(startTimeoutMs !== undefined && { startTimeoutMs }) }
}
