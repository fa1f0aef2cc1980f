import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { bootContainer } from '../../../../plugin/runtime/container/container-boot.js'
import type { ContainerEngine, ContainerSpec, EngineContainer } from '../../../../plugin/types/container-engine.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'container-boot-'))
  await writeFile(join(folder, 'nginx.conf'), 'events {} http { server { listen 80; } }')
})
afterEach(() => rm(folder, { recursive: true }))

/** Boots on an engine whose image is for this processor. Tells the walker that goes into the container, or the error that there is none. */
async function walkerFor(architecture: string): Promise<string> {
  const started: ContainerSpec[] = []
  const engine: ContainerEngine = {
    has: async () => true,
    pull: async () => {},
    build: async () => {},
    architecture: async () => architecture,
    async start(spec) {
      started.push(spec)
      throw new Error('far enough')
    },
  }
  const options = { conf: join(folder, 'nginx.conf'), runtime: 'container', image: 'x' } as const
  const error: Error = await bootContainer(engine, options).then(
    () => Promise.reject(new Error('it started')),
    (reason) => reason,
  )
  const walker = started[0]?.files.find(({ target }) => target === '/openresty-leak/heapwalk')
  return walker && 'source' in walker ? walker.source : error.message
}

// One that was not built here is missed by its name.
test.each([
  ['amd64', /\bheapwalk-linux-x64$|^no heapwalk executable for linux-x64:/],
  ['arm64', /\bheapwalk-linux-arm64$|^no heapwalk executable for linux-arm64:/],
  ['s390x', /^no heapwalk executable for linux-s390x: .*those for x64 and arm64/],
])('an image for %s gets its own walker, whatever this machine is', async (architecture, walker) => {
  expect(await walkerFor(architecture)).toMatch(walker)
})

const PROBE = `== executable
/usr/sbin/nginx
== version
nginx version: nginx/1.22.1
configure arguments: --prefix=/usr/share/nginx --modules-path=/usr/lib/nginx/modules
== modules
ngx_http_lua_module.so
== uid
0
== env
REGION
== passwd
root:x:0:0:root:/root:/bin/bash
== group
root:x:0:
`

/** A worker that is through init_worker_by_lua. */
const WORKER = {
  pid: 7,
  ppid: 1,
  uid: 33,
  role: 'worker',
  exiting: false,
  waiting: true,
  sameProgram: true,
  title: 'nginx: worker process',
}

/**
 * An engine whose container has forked its worker at once, and names it from the `looks`th look on, `early` before. A conf is refused
 * with `rejection`.
 */
async function slowEngine(looks: number, rejection = '', early: readonly object[] = []) {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const seen = { looks: 0 }
  const stdoutOf = ([command = '', ...args]: readonly string[]) => {
    if (args.includes('ps')) return JSON.stringify(++seen.looks < looks ? early : [WORKER])
    return command === '/bin/sh' && args[1]?.includes('== executable') ? PROBE : ''
  }
  const container: EngineContainer = {
    id: 'x',
    hostPid: null,
    host: '127.0.0.1',
    hostPort: () => (server.address() as { port: number }).port,
    exec: async (command) =>
      command.includes('-t') && rejection !== ''
        ? { exitCode: 1, stdout: '', stderr: rejection }
        : { exitCode: 0, stdout: stdoutOf(command), stderr: '' },
    write: async () => {},
    send: () => {},
    errorOutput: () => '2026/11/23 19:07:06 [notice] 1#1: start worker process 7\n',
    complaints: () => [],
    ended: new Promise(() => {}),
    signal: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
  const engine: ContainerEngine = {
    has: async () => true,
    pull: async () => {},
    build: async () => {},
    architecture: async () => 'amd64',
    start: async () => container,
  }
  return { engine, seen }
}

test('a worker that takes its time in init_worker_by_lua is waited for', async () => {
  const { engine, seen } = await slowEngine(5)
  const runtime = await bootContainer(engine, { conf: join(folder, 'nginx.conf'), runtime: 'container', image: 'x' })
  expect(seen.looks).toBe(5)
  expect(await runtime.workers()).toEqual([{ pid: 7 }])
})

test("with the conf's own number of workers a start is over once none is still in init_worker_by_lua", async () => {
  const unnamed = { ...WORKER, pid: 8, role: 'master', title: 'nginx: master process nginx' }
  const { engine, seen } = await slowEngine(5, '', [WORKER, unnamed])
  const options = { conf: join(folder, 'nginx.conf'), runtime: 'container', image: 'x', workers: 'conf' } as const
  await bootContainer(engine, options)
  expect(seen.looks).toBe(5)
})

test('one that is not through in time is told, with how to wait longer', async () => {
  const { engine } = await slowEngine(Number.POSITIVE_INFINITY)
  const options = { conf: join(folder, 'nginx.conf'), runtime: 'container', image: 'x', startTimeoutMs: 50 } as const
  await expect(bootContainer(engine, options)).rejects.toThrow(
    /not all of its workers were through init_worker_by_lua within 0\.05 s\. Where it needs longer: --start-timeout/,
  )
})

test('a variable that the code reads and neither the image nor the user has set is named', async () => {
  const block = 'init_by_lua_block { local host = os.getenv("REGION") .. os.getenv("UPSTREAM") }'
  await writeFile(join(folder, 'nginx.conf'), `events {} http { ${block} server { listen 80; } }`)
  const options = { conf: join(folder, 'nginx.conf'), runtime: 'container', image: 'x' } as const
  const said = 'init_by_lua error: init_by_lua(nginx.conf:1):1: attempt to concatenate a nil value\n'
  const { engine } = await slowEngine(1, `nginx: [error] ${said}`)
  await expect(bootContainer(engine, options)).rejects.toThrow(
    /\nUPSTREAM is not set, and nil for Lua\. It can be: --env/,
  )

  const { engine: started } = await slowEngine(1)
  const runtime = await bootContainer(started, options)
  expect(runtime.adviceOn?.(said)).toMatch(/^UPSTREAM is not set/)
  expect(runtime.adviceOn?.('no live upstreams')).toBeUndefined()
})
