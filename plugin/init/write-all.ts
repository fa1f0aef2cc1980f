import { mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Writes all of these files or none: what was written goes again where one cannot be. A file that is there meanwhile is an error.
 * In one go, so that no signal comes in between.
 * @throws the error of the file system
 */
export function writeAll(files: readonly { readonly path: string; readonly text: string }[]): void {
  const written: string[] = []
  const made: string[] = []
  try {
    for (const { path, text } of files) {
      made.push(...makeFolder(dirname(path)))
      writeFileSync(path, '', { flag: 'wx' })
      written.push(path)
      writeFileSync(path, text)
    }
  } catch (error) {
    for (const path of written) rmSync(path, { force: true })
    for (const folder of made.toReversed()) rmdirSync(folder)
    throw error
  }
}

/** @returns the folders that were not there, outermost first */
function makeFolder(folder: string): string[] {
  const first = mkdirSync(folder, { recursive: true })
  if (first === undefined) return []
  const folders = [folder]
  while (folders[0] !== first) folders.unshift(dirname(folders[0]!))
  return folders
}
