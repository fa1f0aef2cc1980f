import { RuntimeError } from '../../base/runtime-error.js'
import { type NamedEngine, namedEngine } from './named-engine.js'
import { openSshTunnel, type SshEngine, sshEngine } from './ssh-tunnel.js'

/** The client library's way to an engine; it takes the address from the environment. */
export interface EngineLibrary<Client> {
  connect(): Promise<Client>
  /** The socket that a client talks to; undefined where it has none. */
  socketOf(client: Client): string | undefined
}

/**
 * Connects to the engine that the user means, or to what the library finds where he has named none.
 * Throws RuntimeError `RUNTIME_NO_ENGINE`.
 */
export async function connectEngine<Client>(library: EngineLibrary<Client>): Promise<Client> {
  const named = namedEngine(process.env)
  if (named === undefined) return connectAny(library)
  const behindSsh = sshEngine(named.address)
  return behindSsh === undefined ? connectNamed(library, named) : connectBehindSsh(library, named, behindSsh)
}

async function connectAny<Client>({ connect }: EngineLibrary<Client>): Promise<Client> {
  try {
    return await connect()
  } catch (cause) {
    throw new RuntimeError(
      'RUNTIME_NO_ENGINE',
      'no container engine answers. Start Docker, point DOCKER_HOST at it, or use `runtime: "local"`.',
      { cause },
    )
  }
}

async function connectBehindSsh<Client>(
  library: EngineLibrary<Client>,
  named: NamedEngine,
  engine: SshEngine,
): Promise<Client> {
  const tunnel = await openSshTunnel(engine)
  const { TESTCONTAINERS_HOST_OVERRIDE = tunnel.host } = process.env
  try {
    const here = { ...named, address: `unix://${tunnel.socket}` }
    const client = await connectNamed(library, here, { TESTCONTAINERS_HOST_OVERRIDE })
    tunnel.unref()
    return client
  } catch (error) {
    // then all that it had to say is there
    await tunnel.close()
    throw noEngine(named, error, tunnel.said() && ` ssh says: ${tunnel.said()}.`)
  }
}

/** @param more variables that the library is to see */
async function connectNamed<Client>(
  { connect, socketOf }: EngineLibrary<Client>,
  named: NamedEngine,
  more: Readonly<Record<string, string>> = {},
): Promise<Client> {
  const { address, certPath } = named
  const tls: Readonly<Record<string, string>> =
    certPath === undefined ? {} : { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certPath }
  const client = await withEnv({ DOCKER_HOST: address, ...tls, ...more }, connect).catch((cause: unknown) => {
    throw noEngine(named, cause)
  })
  // The library goes on to sockets of this machine where nothing answers at the one that it was told.
  if (address.startsWith('unix://') && socketOf(client) !== address.slice('unix://'.length)) throw noEngine(named)
  return client
}

function noEngine({ told, instead }: NamedEngine, cause?: unknown, more = ''): RuntimeError {
  const message = `no container engine answers at ${told}.${more} Start that engine, or ${instead}.`
  return new RuntimeError('RUNTIME_NO_ENGINE', message, { cause })
}

/** Lets `done` see variables that nobody else is to see later. */
async function withEnv<T>(variables: Readonly<Record<string, string>>, done: () => Promise<T>): Promise<T> {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, variables)
  try {
    return await done()
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}
