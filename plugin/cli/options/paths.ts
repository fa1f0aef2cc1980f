import { access, constants, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { whyUnreadable } from '../../base/missing-file.js'
import { UsageError } from './usage.js'

/** Absolute path of a conf. @throws UsageError */
export async function readable(conf: string): Promise<string> {
  const file = resolve(conf)
  const found = await stat(file).catch((cause: unknown) => {
    throw new UsageError(`cannot read ${conf}: ${whyUnreadable(conf, cause)} Give the path of an nginx.conf.`, {
      cause,
    })
  })
  if (!found.isFile()) throw new UsageError(`${conf} is not a file. Give the path of an nginx.conf.`)
  return file
}

/** @throws UsageError */
export async function folder(option: string, path: string): Promise<string> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new UsageError(`${option} ${path}: ${reasonOf(cause)}.`, { cause })
  })
  if (!found.isDirectory()) throw new UsageError(`${option} ${path} is not a folder.`)
  return resolve(path)
}

/**
 * A report that cannot be written should be known before the measurement, not after it. @throws UsageError
 * @param example a file's name, for who gives a folder
 */
export async function writable(
  option: string,
  path: string,
  example = `report.${option.replace(/^-+/, '')}`,
): Promise<string> {
  const file = resolve(path)
  const found = await stat(file).catch(() => undefined)
  if (found?.isDirectory()) {
    throw new UsageError(`${option} ${path} is a folder. Name a file, such as ${join(path, example)}.`)
  }
  await access(dirname(file), constants.W_OK).catch((cause: unknown) => {
    throw new UsageError(`${option} ${path}: cannot write to that folder: ${reasonOf(cause)}.`, { cause })
  })
  return file
}

function reasonOf(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code
  if (code === 'ENOENT') return 'no such file or folder'
  return code === 'EACCES' ? 'permission denied' : String(code)
}
