import { access, constants, lstat } from 'node:fs/promises'
import { connect } from 'node:net'
import { basename, dirname, isAbsolute, join } from 'node:path/posix'
import type { Listen } from './listen.js'

export interface SocketChoice {
  /** Path to use for each unix socket of the conf that cannot stay where it is. */
  readonly sockets: ReadonlyMap<string, string>
  /** Why it cannot. */
  readonly reasons: ReadonlyMap<string, string>
}

/** The unix sockets that a conf listens on, each once. */
export function socketsOf(listens: readonly Listen[]): readonly string[] {
  return [...new Set(listens.flatMap(({ address }) => (address.kind === 'unix' ? [address.path] : [])))]
}

/**
 * Keeps each socket where the conf has it, since Lua code may name it, too; one that cannot be there goes into `folder`.
 * @param whyNot why nginx cannot listen at an absolute path; undefined where it can
 */
export async function chooseSockets(
  paths: readonly string[],
  folder: string,
  whyNot: (path: string) => Promise<string | undefined>,
): Promise<SocketChoice> {
  const sockets = new Map<string, string>()
  const reasons = new Map<string, string>()
  for (const path of paths) {
    const reason = isAbsolute(path)
      ? await whyNot(path)
      : 'a relative path means another place wherever nginx is started'
    if (reason === undefined) continue
    const taken = [...sockets.values()]
    const name = join(folder, basename(path))
    sockets.set(path, taken.includes(name) ? join(folder, `${taken.length}-${basename(path)}`) : name)
    reasons.set(path, reason)
  }
  return { sockets, reasons }
}

/** Why nothing can listen at a path of this machine; undefined where it can. */
export async function whyNoSocketHere(path: string): Promise<string | undefined> {
  const folder = dirname(path)
  if (await has(path)) {
    return (await answersAt(path))
      ? 'another server listens there'
      : 'a file is there already, of a server that did not end well perhaps: remove it if nobody needs it'
  }
  if (!(await has(folder))) return `there is no folder ${folder}`
  const isOurs = await access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
  return isOurs ? undefined : `${folder} cannot be written to`
}

function has(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

function answersAt(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
