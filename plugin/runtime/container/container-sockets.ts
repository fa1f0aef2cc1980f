import type { EngineContainer } from '../../types/container-engine.js'

/** Says `taken`, `missing` or `unwritable` where no socket can be at the path. */
const SCRIPT = `d=$(dirname "$1")
if [ -e "$1" ]; then echo taken; elif [ ! -d "$d" ]; then echo missing; elif [ ! -w "$d" ]; then echo unwritable; fi`

const REASONS: Readonly<Record<string, string>> = {
  taken: 'the image has a file there',
  missing: 'the container has no such folder',
  unwritable: 'nginx cannot write to that folder in the container',
}

/** Why nginx cannot listen at a path of the container, asked as the image's user; undefined where it can. */
export async function whyNoSocketIn(container: EngineContainer, path: string): Promise<string | undefined> {
  const { stdout } = await container.exec(['/bin/sh', '-c', SCRIPT, 'sh', path])
  return REASONS[stdout.trim()]
}
