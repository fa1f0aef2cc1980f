import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../base/spawn.js'
import { makeTempFolder } from '../base/temp-folder.js'
import type { ExecOutcome } from '../types/container-engine.js'
import type { LivePlace } from './live.js'
import { walkerPath } from './walker-path.js'

/** This machine: heapwalk runs as the present user, whatever user is asked for. */
export function placeHere(description: string): LivePlace {
  const temp = makeTempFolder({ keep: false })
  return {
    description,
    async exec(args) {
      if (args[0] !== 'snap' && args[0] !== 'read') return runHeapwalk(args)
      // A snapshot may be larger than what is read from a pipe at once.
      const file = join(temp.path, 'snapshot.json')
      const outcome = await runHeapwalk([...args, '-o', file])
      return outcome.exitCode === 0 ? { ...outcome, stdout: await readFile(file, 'utf8') } : outcome
    },
    [Symbol.asyncDispose]: () => temp.remove(),
  }
}

async function runHeapwalk(args: readonly string[]): Promise<ExecOutcome> {
  const { exitCode, stdout, stderr, failure } = await run(walkerPath(), args)
  return { exitCode: exitCode ?? -1, stdout, stderr: failure === null ? stderr : `${stderr}\n${failure}` }
}
