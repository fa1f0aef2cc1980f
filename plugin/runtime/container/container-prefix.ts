import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { containerPath } from '../../base/container-path.js'
import type { EngineContainer } from '../../types/container-engine.js'

/** Folders come as separate words; whoever the workers are, they may write, as they may on this machine. */
const SCRIPT = 'mkdir -p "$@" && chmod -R a+rwX "$1"'

/** Lets a prefix that was made for one start be in the container what it is here: files alone are copied, and as root's. */
export async function openPrefix(container: EngineContainer, prefix: string): Promise<void> {
  const below = readdirSync(prefix, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name))
  await container.exec(['/bin/sh', '-c', SCRIPT, 'sh', ...[prefix, ...below].map((folder) => containerPath(folder))], 0)
}
