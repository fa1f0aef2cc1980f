import { expect, test } from 'vitest'
import type { MemoryRow } from '../../../plugin/types/snapshot.js'
import { type Server, serve } from '../server.js'

const HTTP = `lua_shared_dict held 4m; lua_shared_dict empty 1m; lua_shared_dict small 128k; lua_shared_dict lists 4m;
  limit_req_zone $arg_client zone=clients:2m rate=1r/s; limit_conn_zone $arg_client zone=open:2m;`

const LOCATIONS = {
  '/up': 'ngx.print("up")',
  // 68 bytes before the key: 7 and 1 more take a chunk of 128, 7 and 500 one of 1024; 9,000 bytes take three pages
  '/held': `local held = ngx.shared.held
    for i = 1, 100 do held:set(("key%04d"):format(i), true) end
    for i = 1, 70 do held:set(("ttl%04d"):format(i), ("x"):rep(500), 3600) end
    for i = 1, 30 do held:set(("new%04d"):format(i), true, 600) end
    held:set("large", ("x"):rep(9000)) ngx.print("ok")`,
  '/expire':
    'local held = ngx.shared.held for i = 1, 70 do held:expire(("ttl%04d"):format(i), 0.001) end ngx.print("ok")',
  '/touch': 'local held = ngx.shared.held for i = 1, 100 do held:get(("key%04d"):format(i)) end ngx.print("ok")',
  '/rename': 'local held = ngx.shared.held held:delete("key0001") held:set("key9001", true) ngx.print("ok")',
  '/overflow': `local small, v = ngx.shared.small, ("x"):rep(400)
    for i = 1, 1000 do small:set(("key%04d"):format(i), v) end ngx.print("ok")`,
  '/push': `local lists = ngx.shared.lists
    for i = 1, 1000 do lists:lpush("jobs", "job") end lists:rpush("other", ("x"):rep(300)) ngx.print("ok")`,
}

async function rows({ runtime, pid }: Server): Promise<ReadonlyMap<string, MemoryRow>> {
  const { process } = await runtime.snapshot(pid)
  return new Map((process.rows ?? []).filter(({ category }) => category === 'shm').map((row) => [row.name, row]))
}

/** What a dictionary itself takes: its head, and a text of 28 bytes and its name for the error log. */
function headers(name: string): number {
  return 128 + (28 + name.length <= 32 ? 32 : 64)
}

test('the entries of a dictionary are counted by whether and when they expire, and add up to what is used', async () => {
  await using nginx = await serve({ locations: LOCATIONS, http: HTTP })
  await nginx.get('/held')
  const held = (await rows(nginx)).get('held')!
  expect(held.kind).toBe('lua_shared_dict')
  expect(held.entries).toEqual({
    lasting: [101, 100 * 128 + 3 * 4096],
    expiring: [100, 70 * 1024 + 30 * 128],
    expired: [0, 0],
    lastingKeys: expect.any(Number),
    ttlMs: expect.any(Number),
    oldest: 'lasting',
  })
  expect(held.entries!.ttlMs).toBeGreaterThan(600_000)
  expect(held.entries!.ttlMs).toBeLessThanOrEqual(3_600_000)
  expect(held.used).toBe(101 * 128 - 128 + 3 * 4096 + 70 * 1024 + 30 * 128 + headers('held'))

  await nginx.get('/expire')
  await nginx.get('/touch')
  await nginx.get('/up')
  const later = (await rows(nginx)).get('held')!.entries!
  expect(later.expired[0] + later.expiring[0]).toBe(100)
  expect(later.expired).toEqual([70, 70 * 1024])
  expect(later.ttlMs).toBeLessThanOrEqual(600_000)
  expect(later.oldest).toBe('expired')
})

test('a dictionary without entries has no oldest one', async () => {
  await using nginx = await serve({ locations: LOCATIONS, http: HTTP })
  expect((await rows(nginx)).get('empty')).toMatchObject({
    entries: { lasting: [0, 0], expiring: [0, 0], expired: [0, 0], ttlMs: 0, oldest: null },
    used: headers('empty'),
    failures: 0,
  })
})

test('a full dictionary has failures, one for each entry that it threw out', async () => {
  await using nginx = await serve({ locations: LOCATIONS, http: HTTP })
  await nginx.get('/overflow')
  const { entries, failures, allocations } = (await rows(nginx)).get('small')!
  expect(entries!.lasting[0]).toBeLessThan(400)
  expect(entries!.lasting[0] + failures!).toBe(1000)
  // the dictionary's own two, one for each entry, and one more for each that failed first
  expect(allocations).toBe(2 + 1000 + failures!)
  expect(entries!.oldest).toBe('lasting')
})

test('keys that take the place of others are told by their sum', async () => {
  await using nginx = await serve({ locations: LOCATIONS, http: HTTP })
  const keys = async () => (await rows(nginx)).get('held')!.entries!.lastingKeys
  await nginx.get('/held')
  const before = await keys()
  await nginx.get('/touch')
  expect(await keys()).toBe(before)
  await nginx.get('/rename')
  expect(await keys()).not.toBe(before)
  expect((await rows(nginx)).get('held')!.entries!.lasting[0]).toBe(101)
})

test('the values of a list count as its own bytes', async () => {
  await using nginx = await serve({ locations: LOCATIONS, http: HTTP })
  await nginx.get('/push')
  const { entries, used } = (await rows(nginx)).get('lists')!
  expect(entries!.lasting).toEqual([2, 2 * 128 + 1000 * 32 + 512])
  expect(used).toBe(2 * 128 + 1000 * 32 + 512 + headers('lists'))
})

test("nginx's own zones say what they are for and how many nodes they have", async () => {
  const limits = 'limit_req zone=clients; limit_conn open 1;'
  await using nginx = await serve({ locations: LOCATIONS, http: `${HTTP} ${limits}` })
  for (let client = 1; client <= 40; client++) await nginx.get(`/up?client=${client}`)
  const zones = await rows(nginx)
  expect(zones.get('clients')).toMatchObject({ kind: 'limit_req', nodes: 40 })
  // a connection is counted while its request is served
  expect(zones.get('open')).toMatchObject({ kind: 'limit_conn', nodes: 0 })
})
