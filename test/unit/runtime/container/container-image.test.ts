import { expect, test } from 'vitest'
import { chooseImage, DEFAULT_IMAGE } from '../../../../plugin/runtime/container/container-image.js'
import type { ContainerEngine } from '../../../../plugin/types/container-engine.js'

/** An engine's images: those that are here, those that can be pulled, and whether a build goes well. */
function engine(scene: { here?: string[]; pullable?: string[]; builds?: boolean }) {
  const here = new Set(scene.here)
  const done: string[] = []
  const images: Pick<ContainerEngine, 'has' | 'pull' | 'build'> = {
    has: async (image) => here.has(image),
    async pull(image) {
      done.push(`pull ${image}`)
      if (!scene.pullable?.includes(image)) throw new Error('no such host')
      here.add(image)
    },
    async build(dockerfile, image, context) {
      done.push(`build ${dockerfile.split('/').at(-1)} with ${context}`)
      if (!scene.builds) throw new Error('the base is missing')
      here.add(image)
    },
  }
  return { ...images, done, here }
}

test('takes the image asked for, pulled if it is not here', async () => {
  const scene = engine({ pullable: ['kong:3'] })
  expect(await chooseImage(scene, { image: 'kong:3' })).toEqual({ image: 'kong:3', notices: [] })
  expect(scene.done).toEqual(['pull kong:3'])
})

test('never runs another image than the one asked for', async () => {
  await expect(chooseImage(engine({ builds: true }), { image: 'kong:3' })).rejects.toMatchObject({
    code: 'RUNTIME_NO_IMAGE',
    message: expect.stringMatching(/image kong:3 .*no such host/),
  })
})

test('does not pull an image that is here', async () => {
  const scene = engine({ here: [DEFAULT_IMAGE] })
  expect(await chooseImage(scene, {})).toEqual({ image: DEFAULT_IMAGE, notices: [] })
  expect(scene.done).toEqual([])
})

test('says aloud that it built its own image where the default one cannot be pulled, and builds it once', async () => {
  const scene = engine({ builds: true })
  const first = await chooseImage(scene, {})
  expect(first.notices).toEqual([
    `${DEFAULT_IMAGE} cannot be pulled (no such host): ran in ${first.image}, Debian's nginx with its Lua module.`,
  ])
  expect(await chooseImage(scene, {})).toEqual(first)
  expect(scene.done).toEqual([`pull ${DEFAULT_IMAGE}`, 'build bookworm.Dockerfile with none', `pull ${DEFAULT_IMAGE}`])
})

test('lists both ways where there is no image to be had', async () => {
  await expect(chooseImage(engine({}), {})).rejects.toMatchObject({
    code: 'RUNTIME_NO_IMAGE',
    attempts: [
      { tried: `pull ${DEFAULT_IMAGE}`, reason: 'no such host' },
      { tried: expect.stringMatching(/^build .*bookworm\.Dockerfile$/), reason: 'the base is missing' },
    ],
  })
})

test('builds a Dockerfile each time, with its folder', async () => {
  const scene = engine({ builds: true })
  const { image, notices } = await chooseImage(scene, { dockerfile: '/app/Dockerfile' })
  expect(scene.here).toContain(image)
  expect(notices).toEqual([])
  await chooseImage(scene, { dockerfile: '/app/Dockerfile' })
  expect(scene.done).toEqual(['build Dockerfile with folder', 'build Dockerfile with folder'])
})

test('shows the step of a Dockerfile that failed', async () => {
  await expect(chooseImage(engine({}), { dockerfile: '/app/Dockerfile' })).rejects.toMatchObject({
    code: 'RUNTIME_NO_IMAGE',
    message: 'cannot build /app/Dockerfile: the base is missing',
  })
})
