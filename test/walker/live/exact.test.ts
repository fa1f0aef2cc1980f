import { expect, test } from 'vitest'
import { waitUntil } from '../../../plugin/base/wait.js'
import { load } from '../../../plugin/load/client/autocannon.js'
import { byPath, httpVm } from '../paths.js'
import { serve } from '../server.js'

const keepOne = `
  local m = package.loaded.keeper
  if not m then m = { kept = {} } package.loaded.keeper = m end
  m.kept[#m.kept + 1] = { "value " .. #m.kept }
  ngx.print("ok")`

const untilAborted = (signal: AbortSignal) => ({
  plan: { requests: [{ path: '/keep' }], amount: 2_000_000, connections: 10, expectStatus: [[200, 200]] as const },
  options: { signal },
})

test('every one of 200 snapshots under load is exact, and none stops the worker', async () => {
  await using server = await serve({ locations: { '/keep': keepOne } })
  const stop = new AbortController()
  const { plan, options } = untilAborted(stop.signal)
  const loading = load(server.runtime, plan, options).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error
  })
  const attempts: number[] = []
  for (let i = 0; i < 200; i++) {
    const snapshot = await server.runtime.snapshot(server.pid)
    const vm = httpVm(snapshot)
    expect(vm.accounted).toBe(vm.gcTotal)
    const nodes = byPath(vm)
    const kept = nodes.get('registry._LOADED.keeper.kept[*]')?.o?.table?.[0] ?? 0
    const inside = nodes.get('registry._LOADED.keeper.kept[*][*]')?.o?.string?.[0] ?? 0
    expect(inside).toBe(kept)
    attempts.push(snapshot.freeze.attempts)
  }
  stop.abort()
  await loading
  expect(await server.get('/keep')).toBe('ok')
  expect(attempts).toHaveLength(200)
})

test('the total agrees to the byte with what the VM says inside', async () => {
  // What storing the figure costs is measured by storing it twice before; nothing else may allocate after the count.
  const count = `
    local d, count = ngx.shared.figures, function() return collectgarbage("count") * 1024 end
    jit.off() collectgarbage() collectgarbage() collectgarbage("stop")
    d:set("total", count()) d:set("total", count())
    local before = count() d:set("total", before) local cost = count() - before
    before = count() d:set("total", before + cost)
    ngx.sleep(10)
    collectgarbage("restart")`
  await using server = await serve({
    locations: {
      '/count': count,
      '/total': 'ngx.print(string.format("%.0f", ngx.shared.figures:get("total")))',
      '/up': 'ngx.print("up")',
    },
    http: 'lua_shared_dict figures 64k;',
  })
  await server.get('/up')
  const counting = new AbortController()
  const sleeping = fetch(`${server.runtime.url}/count`, { signal: counting.signal }).catch(() => undefined)
  // The handler runs without a pause until it sleeps: a snapshot is taken either before it began or in its sleep.
  expect(await waitUntil(async () => (await server.runtime.counters())?.writing === 1, { timeoutMs: 5000 })).toBe(true)
  const total = httpVm(await server.runtime.snapshot(server.pid)).gcTotal
  const inside = await server.get('/total')
  counting.abort()
  await sleeping
  expect(String(total)).toBe(inside)
})

test('two snapshots without load between them are the same, but for the time', async () => {
  await using server = await serve({ locations: { '/keep': keepOne } })
  for (let i = 0; i < 50; i++) await server.get('/keep')
  const { vms: first } = await server.runtime.snapshot(server.pid)
  const { vms: second } = await server.runtime.snapshot(server.pid)
  expect(second).toEqual(first)
})
