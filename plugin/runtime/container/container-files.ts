import type { Stats } from 'node:fs'
import { access, constants, readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { containerPath } from '../../base/container-path.js'
import { RuntimeError } from '../../base/runtime-error.js'
import type { ContainerFile } from '../../types/container-engine.js'

/** More than any nginx prefix holds; a home folder or a whole disk goes over it at once. */
const maxFiles = 20_000
const maxBytes = 256 * 1024 * 1024

/** Large, never Lua or conf, and in the way where a conf lies at the top of a repository. */
const skipped: ReadonlySet<string> = new Set(['.git', 'node_modules'])

/**
 * Every file below the folders of this machine, and single ones beside them, each to be copied to the path it has here (`containerPath`), so that
 * absolute paths in the conf and chunk names stay true.
 * Copies, not a bind mount: they are readable by the workers' user whatever the modes here, and an engine in a virtual machine
 * or beside this container has no such folder to mount. Symlinks are copied as what they point at. `.git`, `node_modules`, sockets and
 * unreadable files are left out. Throws a RuntimeError for more than 20,000 files or 256 MiB.
 */
export async function filesToCopy(
  folders: readonly string[],
  single: readonly string[] = [],
): Promise<readonly ContainerFile[]> {
  const files = new Map<string, ContainerFile>()
  let bytes = 0
  for (const path of single) {
    const found = (await isReadable(path)) && fileOf(path, await stat(path))
    if (found) files.set(path, { source: path, target: containerPath(path), mode: found.mode })
  }
  for (const folder of folders) {
    for await (const file of filesBelow(folder, new Set())) {
      if (files.has(file.path)) continue
      bytes += file.bytes
      files.set(file.path, { source: file.path, target: containerPath(file.path), mode: file.mode })
      if (files.size > maxFiles || bytes > maxBytes) throw tooMuch(folder)
    }
  }
  return [...files.values()]
}

interface FoundFile {
  readonly path: string
  readonly bytes: number
  /** Readable by everybody, as nginx's workers are somebody else. */
  readonly mode: number
}

async function* filesBelow(folder: string, above: ReadonlySet<string>): AsyncGenerator<FoundFile> {
  const real = await realpath(folder)
  // A symlink to a folder around it would never end.
  if (above.has(real)) return
  for (const name of (await readdir(folder)).sort()) {
    if (skipped.has(name)) continue
    const path = join(folder, name)
    if (!(await isReadable(path))) continue
    const info = await stat(path)
    if (info.isDirectory()) yield* filesBelow(path, new Set(above).add(real))
    const file = fileOf(path, info)
    if (file) yield file
  }
}

/** Undefined for a folder, a socket and the like. */
function fileOf(path: string, info: Stats): FoundFile | undefined {
  return info.isFile() ? { path, bytes: info.size, mode: (info.mode & 0o111) === 0 ? 0o644 : 0o755 } : undefined
}

/** False for what may not be read and for a symlink that leads nowhere. */
async function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  )
}

function tooMuch(folder: string): RuntimeError {
  return new RuntimeError(
    'RUNTIME_OPTIONS',
    `${folder} is copied into the container and holds more than ${maxFiles.toLocaleString('en')} files or ${maxBytes / 1024 ** 2} MiB. Move the conf to a folder of its own, or name a smaller one with \`prefix\`.`,
  )
}
