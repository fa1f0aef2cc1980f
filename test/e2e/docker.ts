import { describe } from 'vitest'
import { run } from '../../plugin/base/spawn.js'
import { containerEngineAvailable } from '../../plugin/runtime/container/container.js'

const engine = await containerEngineAvailable()
if (engine !== true && process.env.REQUIRE_DOCKER === '1') {
  throw new Error(`REQUIRE_DOCKER=1, and no container engine answers: ${engine}`)
}

/** Whether a container engine answers. */
export const hasEngine = engine === true

/** `describe` for tests that boot containers. They are skipped where no engine answers, unless REQUIRE_DOCKER=1 says that one must. */
export const describeWithEngine = describe.skipIf(!hasEngine)

/** What `docker inspect` says of a container; only what the tests look at. */
export interface InspectedContainer {
  readonly Id: string
  readonly HostConfig: { readonly CapAdd: readonly string[] | null; readonly Privileged: boolean }
  readonly NetworkSettings: { readonly Ports: Readonly<Record<string, readonly { readonly HostIp: string }[] | null>> }
}

/** The containers that a process has made, running or not. */
export async function containersOf(pid: number): Promise<readonly InspectedContainer[]> {
  const ids = (await docker('ps', '-aq', '--filter', `label=vitest-openresty-leak.pid=${pid}`))
    .split('\n')
    .filter(Boolean)
  return ids.length === 0 ? [] : JSON.parse(await docker('inspect', ...ids))
}

/** Runs the engine's own client. */
export async function docker(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr, failure } = await run('docker', args)
  if (exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${failure ?? stderr}`)
  return stdout.trim()
}
