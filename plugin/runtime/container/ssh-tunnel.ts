import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { answers } from '../../base/answers.js'
import { RuntimeError } from '../../base/runtime-error.js'
import { run, spawnPiped } from '../../base/spawn.js'
import { TEMP_PREFIX } from '../../base/temp-folder.js'
import { waitUntil } from '../../base/wait.js'

/** An engine behind ssh, as docker writes it: `ssh://[user@]host[:port][/path of its socket]`. */
export interface SshEngine {
  /** What the ssh program is told of where to go. */
  readonly destination: readonly string[]
  /** The engine's socket there. */
  readonly socket: string
}

/** A way to an engine's socket through ssh. */
export interface SshTunnel {
  /** The socket's end here. */
  readonly socket: string
  /** The machine as its ports are reached from here. */
  readonly host: string
  /** What ssh has said so far. */
  said(): string
  close(): Promise<void>
  /** Lets this process end, and the tunnel with it. */
  unref(): void
}

/**
 * Where the socket's end is, for as long as a tunnel is open: one place for all tries, since the client library keeps the first address that it
 * is told. Not in TMPDIR: the kernel takes no long path for a socket, and macOS has a long one there.
 */
const FOLDER = join('/tmp', TEMP_PREFIX + randomUUID())

/** Longest wait for the tunnel, in ms: a connection through a jump host takes seconds. */
const TIMEOUT_MS = 30_000

/**
 * Runs ssh until its end or that of the channel, which comes with our own, in whatever way. The folder is gone afterwards.
 * What waits for the end of the channel has no other descriptor, since we would not see the end of ssh's output otherwise; it goes with
 * ssh, whose pid may be another process's later.
 */
const HELD = `folder=$1; shift
mkdir -m 700 -- "$folder" || exit
"$@" 3<&- & ssh=$!
{ read -r _ <&3; kill "$ssh"; } >/dev/null 2>&1 & waiter=$!
wait "$ssh"; code=$?
kill "$waiter" 2>/dev/null
rm -rf -- "$folder"
exit "$code"`

/** BatchMode: nobody is there to be asked. A master connection of the user's would keep our tunnel open when we are gone. */
const OPTIONS = ['BatchMode=yes', 'ControlPath=none', 'ServerAliveInterval=15'].flatMap((option) => ['-o', option])

/** Undefined for an address of another kind. Throws a RuntimeError for one that ssh cannot take. */
export function sshEngine(address: string): SshEngine | undefined {
  if (!address.startsWith('ssh://')) return undefined
  const { username, password, hostname, port, pathname } = new URL(address)
  if (password !== '') {
    throw new RuntimeError('RUNTIME_NO_ENGINE', 'an address of an engine takes no password: let ssh use a key.')
  }
  return {
    destination: [
      ...(username === '' ? [] : ['-l', decodeURIComponent(username)]),
      ...(port === '' ? [] : ['-p', port]),
      '--',
      hostname.replace(/^\[|\]$/g, ''),
    ],
    socket: pathname.length > 1 ? pathname : '/var/run/docker.sock',
  }
}

/** Opens a tunnel that ends with this process, or when it is closed. Throws a RuntimeError with ssh's own words. */
export async function openSshTunnel(engine: SshEngine): Promise<SshTunnel> {
  if (process.platform === 'win32') throw noSocketHere(engine)
  const host = await reachedAt(engine)
  const socket = join(FOLDER, 'engine.sock')
  const tunnel = ['-nNT', ...OPTIONS, '-L', `${socket}:${engine.socket}`, ...engine.destination]
  const child = spawnPiped('/bin/sh', ['-c', HELD, 'sh', FOLDER, 'ssh', ...tunnel], {})
  const words: string[] = []
  child.onOutput((text) => words.push(text))
  const said = () => words.join('').trim()
  let ended: string | undefined
  void child.ended.then((how) => {
    ended = how
  })
  const close = async () => {
    child.channel.end()
    await child.ended
  }
  const isOpen = async () => ended !== undefined || (await answers({ kind: 'unix', path: socket }))
  if ((await waitUntil(isOpen, { timeoutMs: TIMEOUT_MS })) && ended === undefined) {
    return { socket, host, said, close, unref: child.unref }
  }
  await close()
  throw failed(said() || `it opened no tunnel within ${TIMEOUT_MS / 1000} s`)
}

/** What ssh's own settings make of a host, which may be no more than a name for these. */
async function reachedAt({ destination }: SshEngine): Promise<string> {
  const { exitCode, stdout, stderr, failure } = await run('ssh', ['-G', ...destination])
  const host = /^hostname (\S+)$/m.exec(stdout)?.[1]
  if (exitCode !== 0 || host === undefined) throw failed(stderr.trim() || (failure ?? 'it names no host'))
  return host
}

/** Node has no unix sockets on Windows; a port of the loopback would let everybody on the machine in, which only its user can want. */
function noSocketHere({ destination, socket }: SshEngine): RuntimeError {
  return new RuntimeError(
    'RUNTIME_NO_ENGINE',
    `no tunnel to an engine behind ssh can be opened on Windows. Open one: ssh -nNT -L 127.0.0.1:2375:${socket} ${destination.join(' ')}, and set DOCKER_HOST=tcp://127.0.0.1:2375 and TESTCONTAINERS_HOST_OVERRIDE=${destination.at(-1)}.`,
  )
}

function failed(why: string): RuntimeError {
  return new RuntimeError(
    'RUNTIME_NO_ENGINE',
    `ssh does not get to the engine's machine: ${why}\nIt has to get there without a question: a key, and the machine in known_hosts.`,
  )
}
