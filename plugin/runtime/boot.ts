import { debugLog } from '../base/debug.js'
import { type Attempt, RuntimeError } from '../base/runtime-error.js'
import type { Runtime, RuntimeOptions } from '../types/runtime.js'
import type { Installation } from './install/installation.js'
import { findInstalled, inspectExplicit, usualPlaces } from './install/lookup.js'
import { unpackDistribution } from './install/unpack.js'
import { startLocal } from './local/start-local.js'
import { checkPrepare } from './start/generated-conf.js'

const log = debugLog('boot')

/** Errors of a container start after which another way may still work. */
const NO_CONTAINER = new Set(['RUNTIME_NO_ENGINE', 'RUNTIME_NO_IMAGE'])

function checkOptions({ runtime, image, dockerfile, openresty }: RuntimeOptions): void {
  if (image !== undefined && dockerfile !== undefined) {
    throw new RuntimeError(
      'RUNTIME_OPTIONS',
      'image and dockerfile exclude each other: dockerfile builds the image to run in. Leave one out.',
    )
  }
  const container = image !== undefined ? 'image' : dockerfile !== undefined ? 'dockerfile' : null
  const conflict =
    container && openresty !== undefined
      ? `${container} and openresty`
      : container && runtime === 'local'
        ? `${container} and runtime 'local'`
        : openresty !== undefined && runtime === 'container'
          ? "openresty and runtime 'container'"
          : null
  if (conflict) {
    throw new RuntimeError(
      'RUNTIME_OPTIONS',
      `${conflict} exclude each other: image and dockerfile mean a container, openresty means an executable of this machine. Leave one out.`,
    )
  }
}

/** Loaded on demand, since the container libraries take longer to load than nginx to start. */
function containers() {
  return import('./container/container.js')
}

/** The distribution's packages as the last way. Throws RuntimeError `RUNTIME_NO_OPENRESTY` that lists every attempt. */
export async function unpackAfter(
  attempts: readonly Attempt[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Installation> {
  try {
    return await unpackDistribution(env)
  } catch (cause) {
    const reason = (cause as Error).message
    throw new RuntimeError(
      'RUNTIME_NO_OPENRESTY',
      'no OpenResty to be had. Install OpenResty, or nginx with libnginx-mod-http-lua, or start a container engine. Tried:',
      { cause, attempts: [...attempts, { tried: "the distribution's packages, unpacked into the cache", reason }] },
    )
  }
}

/**
 * Boots the user's conf. `image` or `dockerfile` means a container, `openresty` that executable; otherwise the first of these that works:
 * an installed OpenResty, an installed nginx with the Lua module, a container engine (not with `runtime: 'local'`), the
 * distribution's packages unpacked without root.
 * Elsewhere than on Linux only a container will do.
 * Throws RuntimeError; nothing is left behind then.
 */
export async function bootRuntime(options: RuntimeOptions): Promise<Runtime> {
  checkOptions(options)
  checkPrepare(options)
  const { runtime, image, dockerfile, openresty } = options
  const places = usualPlaces(process.env)
  const isElsewhere = process.platform !== 'linux'
  if (isElsewhere && (openresty !== undefined || runtime === 'local')) {
    throw new RuntimeError(
      'RUNTIME_NO_OPENRESTY',
      `local runs need Linux, and this is ${process.platform}. Use a container: leave out openresty and runtime 'local'.`,
    )
  }
  if (image !== undefined || dockerfile !== undefined || runtime === 'container' || isElsewhere) {
    const { startContainer } = await containers()
    return startContainer(options)
  }
  if (openresty !== undefined) return startLocal(options, await inspectExplicit(openresty, places.path))

  const { installation, attempts } = await findInstalled(places)
  log('installed: %s, tried %o', installation?.description ?? 'none', attempts)
  if (installation) return startLocal(options, installation)
  if (runtime === 'local') return startLocal(options, await unpackAfter(attempts))

  const { containerEngineAvailable, startContainer } = await containers()
  const engine = await containerEngineAvailable()
  log('container engine: %s', engine === true ? 'answers' : engine)
  if (engine !== true) {
    return startLocal(options, await unpackAfter([...attempts, { tried: 'container engine', reason: engine }]))
  }
  try {
    return await startContainer(options)
  } catch (error) {
    if (!(error instanceof RuntimeError) || !NO_CONTAINER.has(error.code)) throw error
    return startLocal(options, await unpackAfter([...attempts, { tried: 'container', reason: error.message }]))
  }
}
