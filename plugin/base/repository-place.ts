import { isAbsolute, join } from 'node:path/posix'

/** A line of a file of the repository. */
export interface RepositoryPlace {
  /** From the repository's root. */
  readonly file: string
  readonly line: number
}

/**
 * Where code lies in the repository; undefined where it lies outside of the folder that the measurement began in, or nobody knows.
 * @param folder where the measurement began, from the repository's root
 * @param prefix of nginx, from there; files are relative to it, or absolute outside of it
 */
export function repositoryPlace(
  folder: string,
  prefix: string | undefined,
  { file, line }: { readonly file?: string | null | undefined; readonly line?: number | null | undefined },
): RepositoryPlace | undefined {
  if (!file || !line || prefix === undefined || isAbsolute(file)) return undefined
  return { file: join(folder, prefix, file), line }
}
