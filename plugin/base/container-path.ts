/**
 * Absolute path at which a container has a copy of a file of this machine: the same, but on Windows, where `C:\a\b` is `/c/a/b`
 * and `\\host\share\b` is `/unc/host/share/b`.
 */
export function containerPath(path: string, platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'win32') return path
  const slashed = path.replaceAll('\\', '/')
  const [, drive, rest = ''] = /^(?:\/\/[?.]\/)?([A-Za-z]):(?:\/(.*))?$/s.exec(slashed) ?? []
  return drive === undefined ? slashed.replace(/^\/\//, '/unc/') : `/${drive.toLowerCase()}/${rest}`.replace(/\/$/, '')
}

/** The other way round: null for a path that no file of this machine has there, on Windows such as `/etc/nginx/mime.types`. */
export function pathHere(path: string, platform: NodeJS.Platform = process.platform): string | null {
  if (platform !== 'win32') return path
  const [, drive, onDrive = ''] = /^\/([a-z])(\/.*)?$/s.exec(path) ?? []
  if (drive !== undefined) return `${drive.toUpperCase()}:${(onDrive || '/').replaceAll('/', '\\')}`
  const [, share] = /^\/unc\/(.+)$/s.exec(path) ?? []
  return share === undefined ? null : `\\\\${share.replaceAll('/', '\\')}`
}
