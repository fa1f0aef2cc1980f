import { expect, test } from 'vitest'
import { load } from '../../plugin/load/client/autocannon.js'
import type { LoadPlan } from '../../plugin/types/load.js'
import type { Snapshot } from '../../plugin/types/snapshot.js'
import { servedBetween } from '../../plugin/verdict/served.js'
import { describeWithEngine } from '../e2e/docker.js'
import { runProgram } from './c-program.js'
import { type Server, serve } from './server.js'

/** The image may have to be built. */
const CONTAINER_TIMEOUT_MS = 300_000

/** Each request is counted by the worker that serves it; `/via` is served by two, of which the second is another server's. */
const http = `
  lua_shared_dict served 1m;
  upstream inner { server 127.0.0.1:18887; keepalive 16; }
  server {
    listen 127.0.0.1:18886;
    location = /t { content_by_lua_block { ngx.shared.served:incr(ngx.worker.pid(), 1, 0) ngx.print("ok") } }
    location = /via {
      access_by_lua_block { ngx.shared.served:incr(ngx.worker.pid(), 1, 0) }
      proxy_pass http://inner/t;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
    location = /truth {
      content_by_lua_block {
        local served = ngx.shared.served
        served:incr(ngx.worker.pid(), 1, 0)
        for _, pid in ipairs(served:get_keys()) do ngx.say(pid, " ", served:get(pid)) end
      }
    }
  }
  server {
    listen 127.0.0.1:18887;
    location = /t { content_by_lua_block { ngx.shared.served:incr(ngx.worker.pid(), 1, 0) ngx.print("ok") } }
  }`

interface Moment {
  /** By the workers' own count. */
  readonly truth: readonly number[]
  readonly snapshots: readonly Snapshot[]
}

/** All that was served so far, by what the workers counted themselves and by what was read from outside. */
async function moment({ runtime, get }: Server): Promise<Moment> {
  const counts = new Map(
    (await get('/truth')).split('\n').map((line) => line.split(' ').map(Number) as [number, number]),
  )
  const pids = (await runtime.workers()).map(({ pid }) => pid)
  const snapshots: Snapshot[] = []
  for (const pid of pids) snapshots.push(await runtime.snapshot(pid))
  return { truth: pids.map((pid) => counts.get(pid) ?? 0), snapshots }
}

async function drive({ runtime }: Server, path: string, amount: number, more: Partial<LoadPlan> = {}): Promise<void> {
  const result = await load(runtime, {
    requests: [{ path }],
    amount,
    connections: 7,
    expectStatus: [[200, 200]],
    ...more,
  })
  expect(result).toMatchObject({ completed: amount, unexpected: 0 })
}

function difference(one: Moment, other: Moment): number[] {
  return other.truth.map((served, worker) => served - one.truth[worker]!)
}

/**
 * Chance decides which worker accepts: none may come to one of them, or one so late that it gets the slot of another that has ended, which
 * then forgets what that served. Some load soon has both tell, and what they tell is right each time.
 */
const LOADS = 8

async function tellsEachWorkers(dockerfile?: string): Promise<void> {
  await using server = await serve({ locations: {}, http, workers: 2, dockerfile })
  let before = await moment(server)
  for (const [path, amount] of [
    ['/t', 503],
    ['/via', 211],
    ['/t', 1009],
  ] as const) {
    let bothTell = false
    for (let loads = 0; loads < LOADS && !bothTell; loads++) {
      await drive(server, path, amount)
      const after = await moment(server)
      const served = servedBetween(before.snapshots, after.snapshots)
      if (served) expect(served).toEqual(difference(before, after))
      bothTell = served?.every((requests) => requests > 0) ?? false
      before = after
    }
    expect(bothTell, path).toBe(true)
  }
}

test('tells how many requests each of two workers served', () => tellsEachWorkers())

describeWithEngine.each(['trixie.Dockerfile'])('in the image of %s', (dockerfile) => {
  test('tells how many requests each of two workers served', () => tellsEachWorkers(dockerfile), CONTAINER_TIMEOUT_MS)
})

test('of one worker they are all that nginx counted, from the first on', async () => {
  await using server = await serve({ locations: { '/t': 'ngx.print("ok")' } })
  for (let asked = 0; asked < 3; asked++) {
    const { nginx, connections } = await server.runtime.snapshot(server.pid)
    expect(connections?.reduce((sum, [, requests]) => sum + requests, 0)).toBe(nginx!.requests)
    await server.get('/t')
  }
})

test('finds the fields in every form that a connection has had since nginx 1.18, and refuses what contradicts itself', () => {
  expect(runProgram('connections', ['nginx/connections', 'nginx/open', 'nginx/slots'])).toEqual({
    status: 0,
    stdout: '10 forms are read\n',
    stderr: '',
  })
})

test('says nothing where slots were used again', async () => {
  await using server = await serve({ locations: {}, http, workers: 2 })
  const before = await moment(server)
  await drive(server, '/t', 400, { keepAlive: false })
  const after = await moment(server)
  expect(after.snapshots.every(({ connections }) => (connections?.length ?? 0) > 0)).toBe(true)
  expect(servedBetween(before.snapshots, after.snapshots)).toBeNull()
})
