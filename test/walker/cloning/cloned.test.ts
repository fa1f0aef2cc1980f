import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { sumBy } from '../../../plugin/base/sum.js'
import { walkerPath } from '../../../plugin/heapwalk/walker-path.js'
import { load } from '../../../plugin/load/client/autocannon.js'
import type { Snapshot } from '../../../plugin/types/snapshot.js'
import { byPath, httpVm } from '../paths.js'
import { type Server, serve } from '../server.js'

const keepOne = `
  local m = package.loaded.keeper
  if not m then m = { kept = {} } package.loaded.keeper = m end
  m.kept[#m.kept + 1] = { "value " .. #m.kept }
  ngx.shared.seen:set(#m.kept % 1000, "value " .. #m.kept)
  ngx.print("ok")`

/** Two blocks of Lua's memory, in mappings of their own, which a clone has empty or not at all. */
const leaveOut = `
  local ffi = require "ffi"
  ffi.cdef "int madvise(void *, size_t, int);"
  local blocks = {}
  for i, advice in ipairs { 10, 18 } do
    blocks[i] = ffi.new("char[?]", 1048576)
    local address = ffi.cast("uintptr_t", blocks[i])
    ffi.C.madvise(ffi.cast("void *", address - address % 4096), 1048576 + 4096, advice)
  end
  package.loaded.blocks = blocks
  ngx.print("ok")`

/** How often under load: more by `WALKER_CLONES=1000` than a test run has time for. */
const clones = Number(process.env.WALKER_CLONES ?? 40)

const run = promisify(execFile)

/** What heapwalk writes; throws what it says where it refuses. */
async function snap(pid: number, ...options: string[]): Promise<Snapshot> {
  const { stdout } = await run(walkerPath(), ['snap', '-p', String(pid), ...options], { maxBuffer: 1 << 28 })
  return JSON.parse(stdout)
}

const childrenOf = (pid: number) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()

const serveKeeper = (locations: Record<string, string> = {}) =>
  serve({ locations: { '/keep': keepOne, ...locations }, http: 'lua_shared_dict seen 1m;' })

/** Loads of 5,000 requests, one after the other: how many went wrong. */
async function loadUntil({ runtime }: Server, isOver: () => boolean) {
  const plan = { requests: [{ path: '/keep' }], amount: 5000, connections: 10, expectStatus: [[200, 200]] as const }
  let failed = 0
  while (!isOver()) {
    const { completed, unexpected, errors } = await load(runtime, plan)
    failed += unexpected + sumBy(Object.values(errors), (count) => count) + plan.amount - completed
  }
  return failed
}

/** All of a snapshot that is of the process, not of how it was taken. */
function ofProcess(snapshot: Snapshot) {
  return { ...snapshot, takenAtMs: 0, freeze: null, timesUs: null }
}

describe.runIf(process.arch === 'x64')('a worker of which a clone is read', () => {
  test('gives what it gives when it is stopped itself, to the byte', async () => {
    await using server = await serveKeeper()
    for (let i = 0; i < 50; i++) await server.get('/keep')
    for (const how of ['stop', 'fork']) await snap(server.pid, '--freeze', how) // the first of each makes code resident
    const stopped = await snap(server.pid, '--details', '--freeze', 'stop')
    const cloned = await snap(server.pid, '--details', '--freeze', 'fork')
    expect(ofProcess(cloned)).toEqual(ofProcess(stopped))
    expect(cloned.freeze).toMatchObject({ how: 'parked', cloned: true, copiedBytes: stopped.freeze.copiedBytes })
    expect(stopped.freeze).not.toHaveProperty('cloned')
    const [one, other] = [
      await snap(server.pid, '--heap-only', '--freeze', 'fork'),
      await snap(server.pid, '--heap-only'),
    ]
    expect(one.vms).toEqual(other.vms)
  })

  test('gives also what it has told the kernel to leave out of clones', async () => {
    await using server = await serveKeeper({ '/leave-out': leaveOut })
    await server.get('/leave-out')
    for (const how of ['stop', 'fork']) await snap(server.pid, '--freeze', how)
    const stopped = await snap(server.pid, '--freeze', 'stop')
    expect(byPath(httpVm(stopped)).get('registry._LOADED.blocks[*]')?.o?.cdata?.[0]).toBe(2)
    expect(ofProcess(await snap(server.pid, '--freeze', 'fork'))).toEqual(ofProcess(stopped))
  })

  test('answers every request under load, each snapshot is exact, and nothing is left of the clones', async () => {
    await using server = await serveKeeper()
    let isOver = false
    const loading = loadUntil(server, () => isOver)
    for (let i = 0; i < clones; i++) {
      const snapshot = await snap(server.pid, '--freeze', 'fork')
      const vm = httpVm(snapshot)
      expect(vm.accounted).toBe(vm.gcTotal)
      const nodes = byPath(vm)
      const kept = nodes.get('registry._LOADED.keeper.kept[*]')?.o?.table?.[0] ?? 0
      expect(nodes.get('registry._LOADED.keeper.kept[*][*]')?.o?.string?.[0] ?? 0).toBe(kept)
      expect(snapshot.freeze).toMatchObject({ cloned: true })
      expect(snapshot.freeze).not.toHaveProperty('zombie')
      expect(childrenOf(server.pid)).toBe('')
    }
    isOver = true
    expect(await loading).toBe(0)
    expect(await server.runtime.errorLog()).not.toContain('SIGCHLD')
  })
})
