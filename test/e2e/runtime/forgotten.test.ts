import { fileURLToPath } from 'node:url'
import { getContainerRuntimeClient } from 'testcontainers'
import { expect, onTestFinished, test } from 'vitest'
import { type CreatedContainers, PID_LABEL, removeForgotten } from '../../../plugin/runtime/container/forgotten.js'
import { describeWithEngine, docker } from '../docker.js'

const DOCKER = fileURLToPath(new URL('../../../docker', import.meta.url))
const MINUTE = 60_000

/** The engine, as if it had no other containers of ours: those of other tests may be just about to start. */
async function engineWith(...ids: string[]): Promise<CreatedContainers> {
  const { dockerode } = (await getContainerRuntimeClient()).container
  return {
    listContainers: async (options) => (await dockerode.listContainers(options)).filter(({ Id }) => ids.includes(Id)),
    getContainer: (id) => dockerode.getContainer(id),
  }
}

async function isThere(id: string): Promise<boolean> {
  return (await docker('ps', '-aq', '--no-trunc')).split('\n').includes(id)
}

describeWithEngine('a container of ours that was made and never started', () => {
  const make = async (verb: string, ...args: string[]) => {
    const image = await docker('build', '-q', '-f', `${DOCKER}/bookworm.Dockerfile`, DOCKER)
    const id = await docker(verb, ...args, image, 'sleep', '60')
    onTestFinished(async () => void (await docker('rm', '-f', id)))
    return id
  }

  test('is removed, once nobody can be about to start it; what runs, and what is not ours, stays', async () => {
    const label = ['--label', `${PID_LABEL}=4194303`]
    const never = await make('create', ...label)
    const running = await make('run', '-d', ...label)
    const foreign = await make('create')
    const engine = await engineWith(never, running, foreign)
    await removeForgotten(engine, Date.now() + 9 * MINUTE)
    expect(await isThere(never)).toBe(true)
    await removeForgotten(engine, Date.now() + 11 * MINUTE)
    expect(await Promise.all([never, running, foreign].map(isThere))).toEqual([false, true, true])
  })

  test('does no harm where the engine says no', async () => {
    const refusing = { listContainers: () => Promise.reject(new Error('no')), getContainer: () => expect.fail() }
    await expect(removeForgotten(refusing)).resolves.toBeUndefined()
  })
})
