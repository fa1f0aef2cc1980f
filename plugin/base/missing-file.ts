import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { nearest } from './nearest.js'

/**
 * Why a file cannot be read, as the end of a sentence: `no such file; did you mean nginx.conf?` where its folder has one of nearly
 * that name, `no such file, and no folder /srv/cnof.` where not even that is there. Any other reason by its code.
 */
export function whyUnreadable(path: string, cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied.'
  if (code === 'EISDIR') return 'it is a folder.'
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return `${code ?? message}.`
  const folder = dirname(path)
  const names = namesIn(folder)
  if (names === undefined) return `no such file, and no folder ${folder}.`
  const meant = nearest(basename(path), names)
  return meant === undefined ? 'no such file.' : `no such file; did you mean ${join(folder, meant)}?`
}

function namesIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder)
  } catch {
    return undefined
  }
}
