/** Where the ports of an engine's containers are published and reached. */
export interface EngineHost {
  /** `127.0.0.1`, or the machine that the engine is on. */
  readonly host: string
  /** The addresses of that machine that they are published on: no other than its loopback where that is ours. */
  readonly bind: '127.0.0.1' | '0.0.0.0'
}

/** @param host where the engine says that it is: a name or an address */
export function engineHost(host: string): EngineHost {
  const isHere = host === 'localhost' || host === '::1' || /^127\./.test(host)
  return isHere ? { host: '127.0.0.1', bind: '127.0.0.1' } : { host, bind: '0.0.0.0' }
}

/** What has to be said of an engine that is elsewhere: whoever reaches it reaches the server under test. */
export function elsewhereNotice({ host, bind }: EngineHost): string[] {
  if (bind === '127.0.0.1') return []
  return [
    `the container engine is on ${host}: the conf's ports are published there on all addresses for as long as nginx runs`,
  ]
}

/** How an engine that does not answer at DOCKER_HOST is had. */
export function wayOut(dockerHost: string): string {
  const [, user] = /^ssh:\/\/([^/]+)/.exec(dockerHost) ?? []
  if (user === undefined) return 'Start that engine, or unset DOCKER_HOST to use the one of this machine.'
  const host = user.replace(/^.*@|:\d+$/g, '')
  return `An engine is not reached by ssh itself: open a tunnel, ssh -nNT -L /tmp/docker-${host}.sock:/var/run/docker.sock ${user}, and set DOCKER_HOST=unix:///tmp/docker-${host}.sock and TESTCONTAINERS_HOST_OVERRIDE=${host}.`
}
