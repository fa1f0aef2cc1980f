import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { RuntimeError } from '../../base/runtime-error.js'

/** A container engine that the user has named. */
export interface NamedEngine {
  /** As DOCKER_HOST has it: `tcp://box:2375`, `unix:///path`, `ssh://ci@box`. */
  readonly address: string
  /** Who names it, for messages: `DOCKER_HOST=tcp://box:2375`. */
  readonly told: string
  /** How another one is had, as the end of a sentence. */
  readonly instead: string
  /** Folder of ca.pem, cert.pem and key.pem; undefined where DOCKER_CERT_PATH says it, or nobody needs it. */
  readonly certPath?: string
}

/**
 * The engine that docker's own command would use, in its order: DOCKER_HOST, DOCKER_CONTEXT, the context that `docker context use` chose.
 * Undefined where none is named; what `~/.testcontainers.properties` names, the client library finds itself.
 * Throws RuntimeError `RUNTIME_NO_ENGINE` for a context that is not there.
 */
export function namedEngine(env: NodeJS.ProcessEnv, home = homedir()): NamedEngine | undefined {
  const { DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CONFIG } = env
  if (DOCKER_HOST) {
    const instead = 'unset DOCKER_HOST to use the one of this machine'
    return { address: DOCKER_HOST, told: `DOCKER_HOST=${DOCKER_HOST}`, instead }
  }
  const folder = DOCKER_CONFIG || join(home, '.docker')
  if (DOCKER_CONTEXT) return engineOfContext(folder, DOCKER_CONTEXT)
  const isNamedThere = /^\s*(?:docker|tc)\.host\b/m.test(read(join(home, '.testcontainers.properties')) ?? '')
  return isNamedThere ? undefined : engineOfContext(folder, currentContext(folder))
}

/** Docker's name for what is used where no context is. */
const NO_CONTEXT = 'default'

function currentContext(folder: string): string {
  const { currentContext } = parse(join(folder, 'config.json')) as { currentContext?: string }
  return currentContext || NO_CONTEXT
}

/** What a context's meta.json has of its engine. */
interface ContextMeta {
  readonly Endpoints?: { readonly docker?: { readonly Host?: string } }
}

/** Docker keeps a context in folders that are named for the SHA-256 of its name. */
function engineOfContext(folder: string, name: string): NamedEngine | undefined {
  if (name === NO_CONTEXT) return undefined
  const id = createHash('sha256').update(name).digest('hex')
  const meta = parse(join(folder, 'contexts', 'meta', id, 'meta.json')) as ContextMeta
  const address = meta.Endpoints?.docker?.Host
  if (!address) {
    throw new RuntimeError(
      'RUNTIME_NO_ENGINE',
      `docker's context ${name} names no engine in ${folder}. Choose one of \`docker context ls\`, or set DOCKER_HOST.`,
    )
  }
  // The library finds a pipe of Windows by itself, and takes no address of one.
  if (address.startsWith('npipe:')) return undefined
  const certPath = join(folder, 'contexts', 'tls', id, 'docker')
  return {
    address,
    told: `${address} of docker's context ${name}`,
    instead: 'set DOCKER_CONTEXT=default to use the one of this machine',
    ...(existsSync(join(certPath, 'cert.pem')) && { certPath }),
  }
}

function parse(file: string): unknown {
  const text = read(file)
  if (text === undefined) return {}
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new RuntimeError('RUNTIME_NO_ENGINE', `cannot read ${file}: ${(cause as Error).message}`, { cause })
  }
}

/** Undefined where there is no such file. */
function read(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}
