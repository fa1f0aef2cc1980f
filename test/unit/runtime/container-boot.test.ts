import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bootContainer } from '../../../plugin/runtime/container-boot.js'
import type { ContainerEngine, ContainerSpec } from '../../../plugin/runtime/container-engine.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'container-boot-'))
  await writeFile(join(folder, 'nginx.conf'), 'events {} http { server { listen 80; } }')
})
afterEach(() => rm(folder, { recursive: true }))

/** Boots on an engine whose image is for this processor. Tells the walker that goes into the container, or the error that there is none. */
async function walkerFor(architecture: string): Promise<string> {
  const started: ContainerSpec[] = []
  const engine: ContainerEngine = {
    has: async () => true,
    pull: async () => {},
    build: async () => {},
    architecture: async () => architecture,
    async start(spec) {
      started.push(spec)
      throw new Error('far enough')
    },
  }
  const options = { conf: join(folder, 'nginx.conf'), runtime: 'container', image: 'x' } as const
  const error: Error = await bootContainer(engine, options).then(
    () => Promise.reject(new Error('it started')),
    (reason) => reason,
  )
  const walker = started[0]?.files.find(({ target }) => target === '/openresty-leak/heapwalk')
  return walker && 'source' in walker ? walker.source : error.message
}

// One that was not built here is missed by its name.
test.each([
  ['amd64', /\bheapwalk-linux-x64$|^no heapwalk executable for linux-x64:/],
  ['arm64', /\bheapwalk-linux-arm64$|^no heapwalk executable for linux-arm64:/],
  ['s390x', /^no heapwalk executable for linux-s390x: .*those for x64 and arm64/],
])('an image for %s gets its own walker, whatever this machine is', async (architecture, walker) => {
  expect(await walkerFor(architecture)).toMatch(walker)
})
