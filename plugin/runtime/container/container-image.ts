import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { debugLog } from '../../base/debug.js'
import { packageFile } from '../../base/package-files.js'
import { RuntimeError } from '../../base/runtime-error.js'
import type { ContainerEngine } from '../../types/container-engine.js'
import type { RuntimeOptions } from '../../types/runtime.js'

const log = debugLog('container')

/** What choosing an image takes of an engine. */
type Images = Pick<ContainerEngine, 'has' | 'pull' | 'build'>

/** OpenResty's own image, pinned: what a growth is measured on must not change by itself. */
export const DEFAULT_IMAGE = 'openresty/openresty:1.27.1.2-bookworm'

const fallbackDockerfile = packageFile('docker/bookworm.Dockerfile')

export interface ChosenImage {
  readonly image: string
  /** What must be said aloud about the choice. */
  readonly notices: readonly string[]
}

/** The image to run, present on the engine: the one asked for, else the default one, else Debian's nginx built here. */
export async function chooseImage(
  engine: Images,
  options: Pick<RuntimeOptions, 'image' | 'dockerfile'>,
): Promise<ChosenImage> {
  if (options.dockerfile !== undefined) return { image: await buildFrom(engine, options.dockerfile), notices: [] }
  if (options.image !== undefined) {
    await provide(engine, options.image)
    return { image: options.image, notices: [] }
  }
  try {
    await provide(engine, DEFAULT_IMAGE)
    return { image: DEFAULT_IMAGE, notices: [] }
  } catch (error) {
    return fallback(engine, error)
  }
}

async function provide(engine: Images, image: string): Promise<void> {
  if (await engine.has(image)) return
  log('pulling %s', image)
  try {
    await engine.pull(image)
  } catch (cause) {
    throw new RuntimeError(
      'RUNTIME_NO_IMAGE',
      `image ${image} is not here and cannot be pulled: ${reason(cause)}. Check its name, log in to its registry, or build it here: option dockerfile, on the command line --dockerfile.`,
      { cause },
    )
  }
}

async function buildFrom(engine: Images, dockerfile: string): Promise<string> {
  const image = `vitest-openresty-leak/user:${digest(dockerfile)}`
  log('building %s of %s', image, dockerfile)
  try {
    // Always: its context may have changed, and the engine's layer cache makes it quick if not.
    await engine.build(dockerfile, image, 'folder')
  } catch (cause) {
    throw new RuntimeError('RUNTIME_NO_IMAGE', `cannot build ${dockerfile}: ${reason(cause)}`, { cause })
  }
  return image
}

async function fallback(engine: Images, pullError: unknown): Promise<ChosenImage> {
  const image = `vitest-openresty-leak/debian:${digest(await readFile(fallbackDockerfile, 'utf8'))}`
  const whyNotDefault = reason(pullError instanceof RuntimeError ? pullError.cause : pullError)
  log('%s cannot be pulled: %s', DEFAULT_IMAGE, whyNotDefault)
  if (!(await engine.has(image))) {
    log('building %s of %s', image, fallbackDockerfile)
    try {
      await engine.build(fallbackDockerfile, image, 'none')
    } catch (cause) {
      throw new RuntimeError(
        'RUNTIME_NO_IMAGE',
        'no image to run OpenResty in. Name one that is here: option image, on the command line --image.',
        {
          cause,
          attempts: [
            { tried: `pull ${DEFAULT_IMAGE}`, reason: whyNotDefault },
            { tried: `build ${fallbackDockerfile}`, reason: reason(cause) },
          ],
        },
      )
    }
  }
  return {
    image,
    notices: [
      `${DEFAULT_IMAGE} cannot be pulled (${whyNotDefault}): ran in ${image}, Debian's nginx with its Lua module.`,
    ],
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error)).trim()
