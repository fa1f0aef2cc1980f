import { RuntimeError } from '../../base/runtime-error.js'
import { waitUntil } from '../../base/wait.js'
import type { Worker } from '../../types/runtime.js'
import { LONGER_START } from './start-timeout.js'

/** A server that can be told to reload. */
export interface Reloadable {
  /** Those that are not shutting down. */
  workers(): Promise<readonly Worker[]>
  /** Sends HUP to the master. */
  hangUp(): void | Promise<void>
  /** What nginx's log has said against the conf since the server was asked to reload; undefined where it said nothing. */
  rejection(): Promise<string | undefined>
}

/**
 * HUP, and wait until new workers serve in the place of all old ones.
 * @param timeoutMs longest wait
 * @throws RuntimeError `RUNTIME_RELOAD_FAILED`
 */
export async function reloadNginx(server: Reloadable, timeoutMs: number): Promise<void> {
  const before = await server.workers()
  const old = new Set(before.map(({ pid }) => pid))
  await server.hangUp()
  const isRenewed = async () => {
    const entries = await server.rejection()
    if (entries !== undefined) {
      throw new RuntimeError(
        'RUNTIME_RELOAD_FAILED',
        `nginx keeps its old workers, since it rejects the conf at a reload:\n${entries}`,
      )
    }
    const now = await server.workers()
    return now.length >= before.length && now.every(({ pid }) => !old.has(pid))
  }
  if (await waitUntil(isRenewed, { timeoutMs })) return
  throw new RuntimeError(
    'RUNTIME_RELOAD_FAILED',
    `nginx had no new workers ${timeoutMs / 1000} s after a reload. Where it needs longer: ${LONGER_START}.`,
  )
}
