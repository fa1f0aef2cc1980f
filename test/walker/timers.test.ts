import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { waitUntil } from '../../plugin/base/wait.js'
import { load } from '../../plugin/load/client/autocannon.js'
import { describeWithEngine } from '../e2e/docker.js'
import { runProgram } from './c-program.js'
import { type Server, serve } from './server.js'

/** The image may have to be built. */
const CONTAINER_TIMEOUT_MS = 300_000

const idle = { timers: { pending: 0, dueMs: [], ofConnections: 0, ofModules: 0 }, open: 0 }

const timer = (code: string) => `ngx.timer.at(0, function() ${code} end) ngx.print("ok")`

const locations = {
  '/t': 'ngx.print("ok")',
  '/at': 'ngx.timer.at(60, function() end) ngx.print("ok")',
  '/ended': timer(''),
  '/every': 'ngx.timer.every(30, function() end) ngx.print("ok")',
  '/sleep': timer('ngx.sleep(30)'),
  '/semaphore': timer('require("ngx.semaphore").new():wait(30)'),
  '/resolve': timer('ngx.socket.tcp():connect("name.test", 80)'),
  '/many': 'for i = 100, 1, -1 do ngx.timer.at(100 + i, function() end) end ngx.print("ok")',
  '/keepalive': `
    local sock = ngx.socket.tcp()
    sock:connect("127.0.0.1", ngx.var.server_port)
    sock:send("GET /t HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
    sock:receiveany(4096)
    ngx.print(sock:setkeepalive(30000) and "ok")`,
}

async function loopOf({ runtime, pid }: Server) {
  const { timers, open } = await runtime.snapshot(pid)
  return { timers, open }
}

/** Once the worker has seen that its clients are gone. */
async function restOf(server: Server) {
  await waitUntil(async () => (await server.runtime.counters())?.active === 0, { timeoutMs: 5000 })
  return loopOf(server)
}

/** What the event loop holds after a request to `path` has ended. */
async function after(server: Server, path: string) {
  expect(await server.get(path, { alone: true })).toBe('ok')
  return restOf(server)
}

test('a worker that nobody asks anything has nothing to run and nothing open', async () => {
  await using server = await serve({ locations })
  expect(await loopOf(server)).toEqual(idle)
  const result = await load(server.runtime, {
    requests: [{ path: '/t' }],
    amount: 500,
    connections: 7,
    expectStatus: [[200, 200]],
  })
  expect(result).toMatchObject({ completed: 500, unexpected: 0 })
  expect(await restOf(server)).toEqual(idle)
})

test('a timer that has ended leaves nothing', async () => {
  await using server = await serve({ locations })
  expect(await after(server, '/ended')).toEqual(idle)
})

test('what init_worker leaves behind is not open', async () => {
  const http = 'init_worker_by_lua_block { package.loaded.started = true }'
  await using server = await serve({ locations, http })
  expect(await loopOf(server)).toEqual(idle)
  expect(await after(server, '/ended')).toEqual(idle)
  expect((await after(server, '/sleep')).open).toBe(1)
})

test.each([
  ['/at', 60_000, 0],
  ['/every', 30_000, 0],
  ['/sleep', 30_000, 1],
  ['/semaphore', 30_000, 1],
])('says when the code behind %s goes on', async (path, dueMs, open) => {
  await using server = await serve({ locations })
  const { timers, ...rest } = await after(server, path)
  expect(rest).toEqual({ open })
  expect(timers).toMatchObject({ pending: 1, ofConnections: 0 })
  expect(timers!.dueMs).toHaveLength(1)
  expect(timers!.dueMs[0]).toBeGreaterThan(dueMs - 20_000)
  expect(timers!.dueMs[0]).toBeLessThanOrEqual(dueMs)
})

test('names the first 64 of many in their order', async () => {
  await using server = await serve({ locations })
  const { timers } = await after(server, '/many')
  expect(timers).toMatchObject({ pending: 100, ofConnections: 0 })
  const { dueMs } = timers!
  expect(dueMs).toHaveLength(64)
  expect(dueMs).toEqual([...dueMs].sort((a, b) => a - b))
  expect(dueMs[63]! - dueMs[0]!).toBe(63_000)
})

test('a client that keeps its connection is open, and its time-out its own', async () => {
  await using server = await serve({ locations })
  const { port } = new URL(server.runtime.url)
  const client = connect(Number(port), '127.0.0.1')
  client.write('GET /t HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(client, 'data')
  expect(await loopOf(server)).toEqual({ timers: { ...idle.timers, pending: 1, ofConnections: 1 }, open: 1 })
  client.destroy()
  expect(await restOf(server)).toEqual(idle)
})

test('both ends of a connection that Lua keeps are open', async () => {
  await using server = await serve({ locations })
  expect(await server.get('/keepalive', { alone: true })).toBe('ok')
  await waitUntil(async () => (await loopOf(server)).open === 2, { timeoutMs: 5000 })
  expect(await loopOf(server)).toEqual({ timers: { ...idle.timers, pending: 2, ofConnections: 2 }, open: 2 })
})

test('who waits for a name is waited for, and the resolver open', async () => {
  const resolver = createSocket('udp4')
  resolver.bind(0, '127.0.0.1')
  await once(resolver, 'listening')
  const asked = once(resolver, 'message')
  await using server = await serve({
    locations,
    http: `resolver 127.0.0.1:${resolver.address().port} ipv6=off; resolver_timeout 30s;`,
  })
  try {
    expect(await server.get('/resolve', { alone: true })).toBe('ok')
    await asked
    const { timers, open } = await restOf(server)
    expect(open).toBe(2) // the timer that waits, and the resolver's socket
    expect(timers?.dueMs).toHaveLength(2) // asking again, and giving up
    expect(timers?.ofConnections).toBe(0)
  } finally {
    resolver.close()
  }
})

// The default image is OpenResty's own where it can be pulled.
describeWithEngine.each([
  ['of trixie.Dockerfile', { dockerfile: 'trixie.Dockerfile' }],
  ['that is used where none is named', {}],
])('in the image %s', (_, image) => {
  test(
    'an idle worker has nothing to run',
    async () => {
      await using server = await serve({ locations, runtime: 'container', ...image })
      const { timers, open } = await after(server, '/ended')
      expect({ timers: { ...timers, ofModules: 0 }, open }).toEqual(idle)
    },
    CONTAINER_TIMEOUT_MS,
  )
})

test('reads every form of tree and queue, and refuses what contradicts itself', () => {
  expect(runProgram('timers', ['nginx/timers', 'nginx/event-loop', 'nginx/slots', 'base/clock'])).toEqual({
    status: 0,
    stdout: 'all trees are read\n',
    stderr: '',
  })
})
