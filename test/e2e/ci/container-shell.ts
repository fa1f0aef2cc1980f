import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { docker, hasEngine } from '../docker.js'
import { BASH, bash, output, type Shell } from './shell.js'

const PACKAGE = fileURLToPath(new URL('../../..', import.meta.url))

/** Whose shell it is where this process is root: a user that the image does not know. */
const ORDINARY = 1000

/**
 * The shell of a runner's container for a job with these folders: a container of docker/bookworm.Dockerfile for each script, with this machine's
 * Node and an ordinary user, so that nothing but those folders outlives a script. It has neither git nor npm. The shell of this machine where no
 * engine answers.
 */
export async function runnerShell(...folders: readonly string[]): Promise<Shell> {
  if (!hasEngine) return bash
  const image = await docker(
    'build',
    '--quiet',
    '--file',
    join(PACKAGE, 'docker/bookworm.Dockerfile'),
    join(PACKAGE, 'docker'),
  )
  const user = process.getuid!() === 0 ? ORDINARY : process.getuid!()
  const read = [PACKAGE, await realpath(join(PACKAGE, 'node_modules'))]
  const mounts = [
    ...folders.map((folder) => `${folder}:${folder}`),
    ...read.map((folder) => `${folder}:${folder}:ro`),
    `${process.execPath}:/usr/local/bin/node:ro`,
  ]
  return async (script, { cwd, env }) => {
    // As on a runner, one user owns all of the job. What links in these folders lead to is somebody else's.
    if (user !== process.getuid!()) await output(['chown', '-R', '-h', '-P', `${user}:${user}`, ...folders])
    return output([
      ...['docker', 'run', '--rm', '--network', 'host', '--user', String(user), '--workdir', cwd],
      ...mounts.flatMap((mount) => ['--volume', mount]),
      ...Object.entries({ HOME: '/tmp', ...env }).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...[image, ...BASH, '-c', script],
    ])
  }
}
