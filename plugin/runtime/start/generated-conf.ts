import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { isAbsolute, join, normalize } from 'node:path'
import { RuntimeError } from '../../base/runtime-error.js'
import { spawnPiped } from '../../base/spawn.js'
import type { Runtime, RuntimeOptions } from '../../types/runtime.js'
import { LONGER_START, startTimeoutMs } from './start-timeout.js'

/** Lines of its output that an error shows. */
const SHOWN = 12
/** Characters of its output that are kept for these. */
const KEPT = 16_384
/** Names in the prefix that an error lists. */
const LISTED = 10

/** Of a prefix of our own, below a start's folder. Short, since all of a unix socket's path has 107 bytes. */
export const OWN_PREFIX = 'p'

/** Options as they stand, with a conf that is there. */
export type WithConf = Omit<RuntimeOptions, 'prepare'>

/** @throws RuntimeError `RUNTIME_OPTIONS` for what cannot be where the conf is made anew for each start */
export function checkPrepare({ prepare, conf, prefix }: Pick<RuntimeOptions, 'prepare' | 'conf' | 'prefix'>): void {
  if (prepare === undefined) return
  if (prepare.trim() === '') {
    throw new RuntimeError(
      'RUNTIME_OPTIONS',
      'prepare is an empty command: give the one that makes the conf, or leave it out.',
    )
  }
  if (prefix !== undefined) {
    throw new RuntimeError(
      'RUNTIME_OPTIONS',
      "prefix and prepare exclude each other: the folder that prepare fills, $PREFIX, is nginx's prefix. Leave prefix out.",
    )
  }
  if (isAbsolute(conf) || normalize(conf).startsWith('..')) {
    throw new RuntimeError(
      'RUNTIME_OPTIONS',
      `the conf is a path within $PREFIX, the folder that prepare fills, such as nginx.conf; ${conf} is not.`,
    )
  }
}

/**
 * Lets `prepare` make the conf in `prefix`, which is made for it; options without it are given back as they are.
 *
 * Each start has a prefix of its own, since several run at once: both sides of a comparison, and the start that shows which line adds beside the
 * measured one. What the conf and Lua find by the prefix, sockets above all, is then never another start's.
 * @throws RuntimeError `RUNTIME_PREPARE_FAILED`; the signal's reason when aborted
 */
export async function withGeneratedConf(options: RuntimeOptions, prefix: string): Promise<WithConf> {
  const { prepare, ...rest } = options
  if (prepare === undefined) return options
  checkPrepare(options)
  mkdirSync(prefix)
  await runPrepare(prepare, prefix, options)
  const conf = join(prefix, options.conf)
  if (!existsSync(conf)) throw failed(prepare, `made no ${options.conf} in $PREFIX; ${contentsOf(prefix)}`, '')
  return { ...rest, conf, prefix }
}

/** Where the conf of a server lies that was started with these options. */
export function confOf(
  { prepare, conf }: Pick<RuntimeOptions, 'prepare' | 'conf'>,
  { prefix }: Pick<Runtime, 'prefix'>,
): string {
  return prepare === undefined || prefix === undefined ? conf : join(prefix, conf)
}

async function runPrepare(command: string, prefix: string, options: RuntimeOptions): Promise<void> {
  const { prepareIn: cwd, env, signal } = options
  signal?.throwIfAborted()
  const timeoutMs = startTimeoutMs(options)
  const child = spawnPiped('/bin/sh', ['-c', command], {
    env: { ...env, PREFIX: prefix },
    ...(cwd !== undefined && { cwd }),
  })
  let output = ''
  child.onOutput((text) => {
    output = (output + text).slice(-KEPT)
  })
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    child.killGroup()
  }, timeoutMs)
  const onAbort = () => child.killGroup()
  signal?.addEventListener('abort', onAbort, { once: true })
  const why = await child.ended
  clearTimeout(timer)
  signal?.removeEventListener('abort', onAbort)
  child.channel?.end()
  signal?.throwIfAborted()
  if (isLate)
    throw failed(command, `had not ended after ${timeoutMs / 1000} s (where it needs longer: ${LONGER_START})`, output)
  if (why !== 'code 0') throw failed(command, `ended with ${why}`, output)
}

function failed(command: string, how: string, output: string): RuntimeError {
  const lines = output.trimEnd().split('\n').slice(-SHOWN).join('\n')
  return new RuntimeError(
    'RUNTIME_PREPARE_FAILED',
    [
      `prepare ${how}, so there is no conf to start: ${command}`,
      ...(lines === '' ? [] : [lines]),
      'To see it for itself: export PREFIX=$(mktemp -d), and run the command in the same folder.',
    ].join('\n'),
  )
}

function contentsOf(prefix: string): string {
  const names = readdirSync(prefix, { recursive: true, encoding: 'utf8' }).sort()
  if (names.length === 0) return 'the folder is empty'
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : ''
  return `there are ${names.slice(0, LISTED).join(', ')}${more}`
}
