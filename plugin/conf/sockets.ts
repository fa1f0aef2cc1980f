import { access, constants, lstat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path/posix'
import { answers } from '../base/answers.js'
import { type Listen, portsOf } from './listen.js'

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

/** The first port that is tried for a relay; what listens for a container's clients is commonly below. */
const FIRST_RELAY = 20_480

/** A port for each unix socket of http, of a place that has all ports to itself: those that the conf does not use. */
export function relaysFor(listens: readonly Listen[]): ReadonlyMap<string, number> {
  const taken = new Set(portsOf(listens))
  const relays = new Map<string, number>()
  let port = FIRST_RELAY
  for (const path of socketsOf(listens.filter(({ protocol }) => protocol === 'http'))) {
    while (taken.has(port)) port++
    relays.set(path, port++)
  }
  return relays
}

/** Where nginx may have a prefix of its own, a copy of the conf's: Lua that finds a socket by `$prefix` finds it there. */
export interface PrefixCopy {
  readonly folder: string
  /** A path as one from the prefix; undefined outside of it. */
  within(path: string): string | undefined
}

/** Bytes of a socket's path that the kernel takes: `sun_path`, without the NUL behind it. */
const LONGEST_PATH = 107

/**
 * Keeps each socket where the conf has it, since Lua code may name it, too; one that cannot be there goes to its place in a copy of the
 * prefix, or where it is outside of that into `folder`. A relative path begins where nginx is started, for the conf and for its Lua.
 * @param whyNot why nginx cannot listen at a path; undefined where it can
 */
export async function chooseSockets(
  paths: readonly string[],
  folder: string,
  whyNot: (path: string) => Promise<string | undefined>,
  copy?: PrefixCopy,
): Promise<SocketChoice> {
  const sockets = new Map<string, string>()
  const reasons = new Map<string, string>()
  for (const path of paths) {
    const reason = await whyNot(path)
    if (reason === undefined) continue
    const copied = placeIn(copy, path)
    if (copied !== undefined) {
      sockets.set(path, copied)
      reasons.set(path, `${reason}; Lua that finds it by the prefix finds it here`)
      continue
    }
    const taken = [...sockets.values()]
    const name = join(folder, basename(path))
    sockets.set(path, taken.includes(name) ? join(folder, `${taken.length}-${basename(path)}`) : name)
    reasons.set(path, `${reason}; Lua that names it does not find it here`)
  }
  return { sockets, reasons }
}

function placeIn(copy: PrefixCopy | undefined, path: string): string | undefined {
  const within = copy?.within(path)
  const place = within === undefined ? undefined : join(copy!.folder, within)
  return place !== undefined && Buffer.byteLength(place) <= LONGEST_PATH ? place : undefined
}

/** Why nothing can listen at a path of this machine, a relative one from where this process is, as nginx is; undefined where it can. */
export async function whyNoSocketHere(path: string): Promise<string | undefined> {
  const folder = dirname(path)
  if (await has(path)) {
    return (await answers({ kind: 'unix', path }))
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
