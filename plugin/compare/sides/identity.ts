import { packageVersion } from '../../base/package-files.js'
import type { RunIdentity } from '../../types/identity.js'
import { environment } from '../environment.js'
import { revisionOf } from './git.js'

/**
 * By what a report is known later: when, by which version of this package, of which revision, on which machine.
 * @param folder whose git revision is measured; null in its place where there is none
 */
export async function identityOf(folder: string): Promise<RunIdentity> {
  const { openresty: _, luajit: __, ...machine } = environment('', null)
  const [version, revision] = await Promise.all([
    packageVersion(),
    // Where git cannot tell the report has no revision; what was measured stands.
    revisionOf(folder).catch(() => null),
  ])
  return { takenAt: new Date().toISOString(), version, revision, machine }
}
