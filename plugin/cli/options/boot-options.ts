import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { BOOT_DEFAULTS } from '../../runtime/start/boot-defaults.js'
import type { RuntimeOptions } from '../../types/runtime.js'
import { UsageError } from './usage.js'
import { collect, pair, replacements, someMilliseconds } from './values.js'

/** What commander hands over of where OpenResty runs. */
export interface WhereArguments {
  readonly runtime: RuntimeOptions['runtime']
  readonly image?: string
  readonly dockerfile?: string
  readonly openresty?: string
}

/** And of how a conf is booted there. */
export interface BootArguments extends WhereArguments {
  readonly workers?: string
  readonly replace?: readonly string[]
  readonly env?: readonly string[]
  readonly startTimeout?: string
  readonly prepare?: string
}

/** Adds --runtime, --image, --dockerfile and --openresty to a command. */
export function withWhereOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--runtime <runtime>', 'where OpenResty runs').choices(['auto', 'local', 'container']).default('auto'),
    )
    .option('--image <image>', 'container image to run in; means --runtime container')
    .option('--dockerfile <file>', 'build that image from this file, with its folder; means --runtime container')
    .option('--openresty <bin>', 'openresty or nginx executable; means --runtime local')
}

/** Adds those, and --workers, --replace, --env and --start-timeout. */
export function withBootOptions(command: Command): Command {
  return withWhereOptions(command)
    .option(
      '--workers <n|conf>',
      `worker processes; conf keeps the conf's own number (default: ${BOOT_DEFAULTS.workers})`,
    )
    .option(
      '--replace <FROM=TO>',
      'literal replacement in the conf, such as of an upstream that does not resolve here; repeat for several',
      collect,
    )
    .option('--env <NAME=VALUE>', 'environment variable of nginx; repeat for several', collect)
    .option(
      '--start-timeout <duration>',
      `longest wait for nginx to start, such as 2m (default: ${BOOT_DEFAULTS.startTimeoutMs / 1000}s)`,
    )
}

/** Adds --prepare, to commands that start a conf for good. */
export function withPrepareOption(command: Command, where: string): Command {
  return command.option(
    '--prepare <command>',
    `shell command that makes the conf before each start in a new folder, $PREFIX, which CONF is then a path within; run in ${where}`,
  )
}

/** Paths are relative to the working directory; a bare executable is looked up on PATH. */
export function whereOptions({ runtime, image, dockerfile, openresty }: WhereArguments) {
  return {
    runtime,
    ...(image !== undefined && { image }),
    ...(dockerfile !== undefined && { dockerfile: resolve(dockerfile) }),
    ...(openresty !== undefined && { openresty: openresty.includes('/') ? resolve(openresty) : openresty }),
  } satisfies Partial<RuntimeOptions>
}

/** @throws UsageError */
export function bootOptions(given: BootArguments) {
  const { workers, replace, env, prepare } = given
  const startTimeoutMs = someMilliseconds('--start-timeout', given.startTimeout)
  return {
    ...whereOptions(given),
    workers: workersOf(workers),
    ...(prepare !== undefined && { prepare }),
    ...(startTimeoutMs !== undefined && { startTimeoutMs }),
    ...(replace && { replace: replacements(replace) }),
    ...(env && { env: Object.fromEntries(env.map((text) => pair('--env', text, 'NAME=VALUE'))) }),
  } satisfies Partial<RuntimeOptions>
}

function workersOf(text = String(BOOT_DEFAULTS.workers)): number | 'conf' {
  if (text === 'conf') return text
  if (/^0*[1-9]\d*$/.test(text)) return Number(text)
  throw new UsageError(
    `--workers ${JSON.stringify(text)} is no number of worker processes: a whole number from 1 up, or 'conf'.`,
  )
}
