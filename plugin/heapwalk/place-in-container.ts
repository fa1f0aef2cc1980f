import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { RuntimeError } from '../base/runtime-error.js'
import type { RunningContainer } from '../types/container-engine.js'
import type { LivePlace } from './live.js'
import { tarOf } from './tar.js'
import { walkerPath } from './walker-path.js'

const ROOT = 0

/** A container that somebody else started: heapwalk is put into its top folder for as long as it is needed. */
export async function placeInContainer(container: RunningContainer): Promise<LivePlace> {
  const name = `.heapwalk-${randomUUID()}`
  const { name: called, architecture } = container
  try {
    await container.put('/', tarOf(name, await readFile(walkerPath(architecture)), 0o755))
  } catch (cause) {
    throw new RuntimeError(
      'RUNTIME_START_FAILED',
      `cannot put heapwalk into container ${called}: ${(cause as Error).message}. If its file system is read-only, use the process id on the machine that runs it (docker inspect -f '{{.State.Pid}}' ${called}) with -p.`,
      { cause },
    )
  }
  return {
    description: `container ${called}`,
    exec: (args, uid = ROOT) => container.exec([`/${name}`, ...args], uid),
    async [Symbol.asyncDispose]() {
      const { exitCode, stderr, stdout } = await container.exec(['rm', '-f', `/${name}`], ROOT)
      if (exitCode === 0) return
      throw new RuntimeError(
        'RUNTIME_STOPPED',
        `/${name} is left in container ${called}, since rm ended with ${exitCode}: ${(stderr || stdout).trim()}`,
      )
    },
  }
}
