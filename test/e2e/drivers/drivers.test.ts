import { once } from 'node:events'
import { type AddressInfo, createServer, connect as tcpConnect } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { Client, credentials, Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { restartOf } from '../../../plugin/locate/restart.js'
import { measure } from '../../../plugin/measure/measure.js'
import { makePlan } from '../../../plugin/measure/plan.js'
import type { PlanInput } from '../../../plugin/measure/plan-options.js'
import { bootRuntime } from '../../../plugin/runtime/boot.js'
import type { Work } from '../../../plugin/types/driver.js'
import type { LeakReport } from '../../../plugin/types/report.js'
import type { RuntimeOptions } from '../../../plugin/types/runtime.js'

/** Enough to see one string per unit, in a few seconds; the line that adds it is looked for where a test says so. */
const SHORT: PlanInput = {
  amount: 600,
  warmup: 100,
  connections: 4,
  idleMs: 100,
  settleMs: 300,
  drainMs: 300,
  further: [],
  locate: false,
}

const inFolder = (name: string) => fileURLToPath(new URL(name, import.meta.url))

async function run(input: PlanInput, options: Partial<RuntimeOptions> = {}): Promise<LeakReport> {
  const boot: RuntimeOptions = { conf: inFolder('nginx.conf'), runtime: 'local', ...options }
  await using runtime = await bootRuntime(boot)
  return await measure(runtime, makePlan({ ...SHORT, ...input }), {
    restart: restartOf(boot, runtime),
    conf: boot.conf,
  })
}

/** That one string was kept per unit, at this path, and nothing else. */
function expectKept(report: LeakReport, path: string, per: LeakReport['per'] = 'call'): void {
  expect(report).toMatchObject({ verdict: 'leak', passed: false, per, growths: [{ class: 'leak', path, per }] })
  expect(report.growths).toHaveLength(1)
  expect(report.growths[0]!.types.string!.objectsPerRequest).toBeCloseTo(1, 2)
}

function expectClean(report: LeakReport): void {
  expect(report).toMatchObject({ verdict: 'ok', passed: true, growths: [] })
}

/** A WebSocket for each of the connections, which stays open from round to round. */
function messages(query: string): Work {
  const open = new Map<number, Promise<WebSocket>>()
  onTestFinished(async () => {
    for (const socket of await Promise.all(open.values())) socket.terminate()
  })
  return async ({ n, connection, url, signal }) => {
    let opening = open.get(connection)
    if (!opening) {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/ws${query}`)
      opening = once(socket, 'open', { signal }).then(() => socket)
      open.set(connection, opening)
    }
    const socket = await opening
    // a second start is another server: what was open to the first is not open to it
    if (socket.readyState !== WebSocket.OPEN || !socket.url.startsWith(url.replace('http', 'ws'))) {
      open.delete(connection)
      socket.terminate()
      return
    }
    socket.send(`message ${n}`)
    const [answer] = await once(socket, 'message', { signal })
    expect(String(answer)).toBe(`message ${n}`)
  }
}

test('messages of long WebSockets that are kept are a leak, by message', async () => {
  const report = await run({ work: messages('?keep=1'), locate: true })
  expectKept(report, 'registry._LOADED.websocket.serve.^history[*]')
  expect(report.growths[0]!.addedAt![0]).toMatchObject({ line: 44 })
})

test('messages of long WebSockets that nobody keeps are none', async () => {
  const report = await run({ work: messages('') })
  expectClean(report)
  expect(report.load).toMatchObject({ driver: 'work', unit: 'call', completed: 600 })
})

/** Both ways are bytes that nobody looks into. */
const bytes = {
  requestStream: false,
  responseStream: false,
  requestSerialize: (value: Buffer) => value,
  requestDeserialize: (data: Buffer) => data,
  responseSerialize: (value: Buffer) => value,
  responseDeserialize: (data: Buffer) => data,
}
const methods = Object.fromEntries(
  ['Keeping', 'Clean'].map((name) => [name, { Say: { path: `/echo.${name}/Say`, ...bytes } } as ServiceDefinition]),
)

/** Calls of a gRPC method, over one client for each of the connections. */
function calls(port: number, name: 'Keeping' | 'Clean'): Work {
  const clients = new Map<string, Client>()
  onTestFinished(() => {
    for (const client of clients.values()) client.close()
  })
  return ({ n, port: published, connection }) => {
    const address = `127.0.0.1:${published(port)}`
    const client =
      clients.get(`${address} ${connection}`) ??
      new Client(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 })
    clients.set(`${address} ${connection}`, client)
    return new Promise<void>((resolve, reject) => {
      const { path } = methods[name]!.Say!
      client.makeUnaryRequest(
        path,
        (value: Buffer) => value,
        (data: Buffer) => data,
        Buffer.from(`call ${n}`),
        (error) => (error ? reject(error) : resolve()),
      )
    })
  }
}

/** A gRPC server of the test's own, and what makes the conf name it. */
async function grpcServer(): Promise<Partial<RuntimeOptions>> {
  const server = new Server()
  for (const definition of Object.values(methods)) {
    server.addService(definition, {
      Say: (call: { request: Buffer }, answer: (error: null, value: Buffer) => void) => answer(null, call.request),
    })
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  onTestFinished(() => server.forceShutdown())
  return { replace: [['127.0.0.1:50051', `127.0.0.1:${port}`]] }
}

test('what a gateway keeps of each gRPC call that it passes on is a leak, by call', async () => {
  expectKept(await run({ work: calls(81, 'Keeping') }, await grpcServer()), 'registry._LOADED.plain.keep.^kept[*]')
})

test('a gateway that passes gRPC calls on and keeps nothing is clean', async () => {
  expectClean(await run({ work: calls(81, 'Clean') }, await grpcServer()))
})

test('what Lua keeps of each gRPC call that it answers over h2c is a leak, by call', async () => {
  expectKept(await run({ work: calls(82, 'Keeping') }), 'registry._LOADED.rpc.serve.^calls[*]')
})

test('Lua that answers gRPC calls over h2c and keeps nothing is clean', async () => {
  expectClean(await run({ work: calls(82, 'Clean') }))
})

/** One session: what is asked over a connection of its own, as plain bytes. */
function sessions(confPort: number, path: string): Work {
  return async ({ port, signal }) => {
    const where = { host: '127.0.0.1', port: port(confPort), rejectUnauthorized: false }
    const socket = confPort === 501 ? tlsConnect(where) : tcpConnect(where)
    signal.addEventListener('abort', () => socket.destroy(signal.reason as Error), { once: true })
    socket.write(`GET ${path} HTTP/1.0\r\n\r\n`)
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 200 [\s\S]*ok\n$/)
  }
}

test.each([500, 501])('what is kept of each session through port %i of stream is a leak, by call', async (port) => {
  const report = await run({ work: sessions(port, '/?keep=1') }, { conf: inFolder('stream.conf') })
  expectKept(report, 'registry._LOADED.plain.keep.^kept[*]')
})

test.each([500, 501])('sessions through port %i of stream that leave nothing behind are clean', async (port) => {
  expectClean(await run({ work: sessions(port, '/') }, { conf: inFolder('stream.conf') }))
})

test('a server of stream alone is loaded by session, and by work or a command only', async () => {
  const conf = inFolder('sessions.conf')
  const work: Work = async ({ port, url, signal }) => {
    expect(url).toBe(`http://127.0.0.1:${port(500)}`)
    const socket = tcpConnect(port(500), '127.0.0.1')
    signal.addEventListener('abort', () => socket.destroy(), { once: true })
    for await (const chunk of socket) expect(String(chunk)).toBe('hello\n')
  }
  const report = await run({ work }, { conf })
  expectClean(report)
  expect(report).toMatchObject({ per: 'session', load: { unit: 'session', completed: 600 } })
  await expect(run({ request: '/t' }, { conf })).rejects.toThrow('it listens on 500 (stream)')
})

/** A server that knows INCR, in the protocol of redis. */
async function redis(): Promise<number> {
  let visits = 0
  const server = createServer((socket) => {
    socket.on('data', (data) => {
      const commands = String(data).split('*').length - 1
      for (let command = 0; command < commands; command++) socket.write(`:${++visits}\r\n`)
    })
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

test.each([
  ['&keep=1', true],
  ['', false],
])('Lua that talks to a redis on behalf of each call%s', async (query, keeps) => {
  const port = await redis()
  const report = await run({
    work: async ({ url, signal }) => {
      const answer = await fetch(`${url}/count?port=${port}${query}`, { signal })
      expect(await answer.text()).toMatch(/^\d+\n$/)
    },
  })
  if (keeps) expectKept(report, 'registry._LOADED.counter.count.^answers[*]')
  else expectClean(report)
})

/** Logs in, uses the cookie, and logs out. */
function flow(query: string): Work {
  return async ({ url, signal }) => {
    const login = await fetch(`${url}/login`, { signal })
    const cookie = login.headers.get('set-cookie')!
    await login.text()
    for (const path of ['/use', `/logout${query}`]) {
      const answer = await fetch(`${url}${path}`, { headers: { cookie }, signal })
      if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`)
      await answer.text()
    }
  }
}

test('sessions that outlive a flow of three requests are a leak, by flow', async () => {
  const report = await run({ work: flow('?keep=1') })
  expect(report).toMatchObject({ verdict: 'leak', per: 'call', requests: { completed: 600, counter: 1800 } })
  expect(report.growths[0]).toMatchObject({ path: expect.stringContaining('^sessions'), per: 'call' })
  expect(report.growths[0]!.entriesPerRequest).toBeCloseTo(1, 2)
})

test('a flow of three requests that ends what it began is clean', async () => {
  expectClean(await run({ work: flow('') }))
})

test('a work that fails makes the run invalid, and says how', async () => {
  const report = await run({
    work: async ({ n, url, signal }) => {
      await (await fetch(`${url}/t`, { signal })).text()
      if (n % 50 === 7) throw new Error(`answer ${n} is wrong`)
    },
  })
  expect(report).toMatchObject({ verdict: 'invalid', passed: false })
  expect(report.reasons[0]).toMatch(
    /^98 of 100 calls were completed in the warm-up\ncall 7: answer 7 is wrong\n\s+at work \(.*drivers\.test\.ts/,
  )
})
