import { debugLog } from '../../base/debug.js'

const log = debugLog('container')

/** The label of our containers: the pid of the process that made one. */
export const PID_LABEL = 'vitest-openresty-leak.pid'

/** A start takes seconds: what was made so long ago and never started, nobody is going to start. */
const FORGOTTEN_AFTER_S = 600

/** What is needed of an engine, as dockerode has it. */
export interface CreatedContainers {
  /** @returns `Created` in seconds since 1970 */
  listContainers(options: {
    readonly all: true
    readonly filters: { readonly status: string[]; readonly label: string[] }
  }): Promise<{ readonly Id: string; readonly Created: number }[]>
  getContainer(id: string): { remove(options: { readonly v: true }): Promise<unknown> }
}

/**
 * Removes our containers that were made and never started, since their process was killed in between: one that has started ends with its
 * process, such a one would stay for ever. What cannot be removed is left; nothing is thrown.
 */
export async function removeForgotten(engine: CreatedContainers, nowMs = Date.now()): Promise<void> {
  try {
    const filters = { status: ['created'], label: [PID_LABEL] }
    const created = await engine.listContainers({ all: true, filters })
    const forgotten = created.filter(({ Created }) => nowMs / 1000 - Created > FORGOTTEN_AFTER_S)
    for (const { Id } of forgotten) await engine.getContainer(Id).remove({ v: true })
    if (forgotten.length > 0) log('removed %d containers that were never started', forgotten.length)
  } catch (error) {
    log('looking for containers that were never started: %o', error)
  }
}
