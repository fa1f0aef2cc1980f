import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { RuntimeError } from '../../base/runtime-error.js'
import type { Target } from '../../conf/target.js'

/** User and group for workers of an nginx that this process starts: ourselves where that is root, null (no change of user) elsewhere. */
export function workerUser(): Target['user'] {
  // userInfo() throws for a user that is not in /etc/passwd, as containers have them
  if (process.getuid?.() !== 0) return null
  const { gid, username } = userInfo()
  const group = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([, , id]) => Number(id) === gid)?.[0]
  if (!group) {
    throw new RuntimeError(
      'RUNTIME_START_FAILED',
      `group ${gid} of user ${username} is not in /etc/group, and nginx takes groups by name only. Add it there, or run as another user.`,
    )
  }
  return { name: username, group }
}
