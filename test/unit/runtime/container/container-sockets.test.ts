import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { run } from '../../../../plugin/base/spawn.js'
import { whyNoSocketIn } from '../../../../plugin/runtime/container/container-sockets.js'
import type { EngineContainer } from '../../../../plugin/types/container-engine.js'

/** This machine as if it were a container: the script is the same POSIX shell. */
const HERE = {
  exec: async ([command, ...args]: readonly string[]) => {
    const { stdout, stderr, exitCode } = await run(command!, args)
    return { stdout, stderr, exitCode: exitCode ?? -1 }
  },
} as unknown as EngineContainer

test('a socket stays where the container has a folder for it, and nothing at its path', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'container-sockets-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'taken.sock'), '')
  expect(await whyNoSocketIn(HERE, join(folder, "a 'b.sock"))).toBeUndefined()
  expect(await whyNoSocketIn(HERE, join(folder, 'taken.sock'))).toBe('the image has a file there')
  expect(await whyNoSocketIn(HERE, join(folder, 'run/a.sock'))).toBe('the container has no such folder')
  // root may write everywhere
  if (process.getuid?.() === 0) return
  await mkdir(join(folder, 'run'))
  await chmod(join(folder, 'run'), 0o500)
  expect(await whyNoSocketIn(HERE, join(folder, 'run/a.sock'))).toMatch(/^nginx cannot write/)
})
