import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { ConfTree } from './conf-tree.js'
import type { PreparedConf } from './prepare.js'

/** Folder, files and links to be made, absolute; folders come parents first. */
export interface Mirror {
  readonly folders: readonly string[]
  readonly files: readonly { readonly path: string; readonly text: string }[]
  readonly links: readonly { readonly path: string; readonly to: string }[]
}

/** `/a/b/c` gives `/`, `/a`, `/a/b`, `/a/b/c`. */
function lineage(folder: string): readonly string[] {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [...lineage(parent), folder]
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`)
}

/**
 * Lays out `root` so that nginx finds what it would find beside the original conf: patched files at their original absolute paths,
 * links to everything else from the prefix (or the conf's folder) down to them. `list` gives the names in a folder of the original.
 */
export function layOutMirror(
  root: string,
  tree: ConfTree,
  prepared: PreparedConf,
  list: (folder: string) => readonly string[],
): Mirror {
  const confFolder = dirname(tree.files[0].path)
  const linked = isWithin(confFolder, tree.prefix) ? tree.prefix : confFolder
  const patched = new Set(prepared.files.map(({ path }) => path))
  const folders = new Set([...patched].flatMap((path) => lineage(dirname(path))))
  const links = [...folders]
    .filter((folder) => isWithin(folder, linked))
    .flatMap((folder) => list(folder).map((name) => join(folder, name)))
    .filter((path) => !patched.has(path) && !folders.has(path))
  return {
    folders: [...folders].map((folder) => (folder === '/' ? root : join(root, folder))),
    files: prepared.files.map(({ path, text }) => ({ path: join(root, path), text })),
    links: links.map((path) => ({ path: join(root, path), to: path })),
  }
}

/**
 * Lays out a copy of nginx's prefix: links to all that is there, but for what nginx makes itself, whose folders are real ones.
 * @param own paths in the copy that nothing may be at
 */
export function layOutPrefix(
  copy: string,
  prefix: string,
  own: readonly string[],
  list: (folder: string) => readonly string[],
): Mirror {
  const folders = new Set([copy, ...own.flatMap((path) => lineage(dirname(path)).filter((at) => isWithin(at, copy)))])
  const links = [...folders].flatMap((folder) => {
    const original = join(prefix, relative(copy, folder))
    return list(original).map((name) => ({ path: join(folder, name), to: join(original, name) }))
  })
  const isOwn = (path: string) => folders.has(path) || own.includes(path)
  return { folders: [...folders], files: [], links: links.filter(({ path }) => !isOwn(path)) }
}

/** Makes a mirror on this machine. */
export function writeMirror({ folders, files, links }: Mirror): void {
  for (const folder of folders) mkdirSync(folder, { recursive: true })
  for (const { path, text } of files) writeFileSync(path, text)
  for (const { path, to } of links) symlinkSync(to, path)
}

/** Names in a folder of this machine; none where it may be passed but not listed, or is not there. */
export function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EACCES' || code === 'ENOENT') return []
    throw error
  }
}
