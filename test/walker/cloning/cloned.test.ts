import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
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

/** How often under load: more by `WALKER_CLONES=1000` than a test run has time for. */
const clones = Number(process.env.WALKER_CLONES ?? 100)

/** heapwalk, and what it says; a snapshot where it ended well. */
function snap(pid: number, ...options: string[]) {
  const { status, stdout, stderr } = spawnSync(walkerPath(), ['snap', '-p', String(pid), ...options], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  return { status, stderr, snapshot: status === 0 ? (JSON.parse(stdout) as Snapshot) : undefined }
}

const childrenOf = (pid: number) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()

const serveKeeper = (locations: Record<string, string> = {}) =>
  serve({ locations: { '/keep': keepOne, ...locations }, http: 'lua_shared_dict seen 1m;' })

/** All of a snapshot that is of the process, not of how it was taken. */
function ofProcess({ takenAtMs, freeze, timesUs, ...rest }: Snapshot) {
  return rest
}

describe.runIf(process.arch === 'x64')('a worker of which a clone is read', () => {
  test('gives what it gives when it is stopped itself, to the byte', async () => {
    await using server = await serveKeeper()
    for (let i = 0; i < 50; i++) await server.get('/keep')
    snap(server.pid, '--freeze', 'fork') // the first runs code of the C library that may not have been resident
    const stopped = snap(server.pid, '--details', '--freeze', 'stop').snapshot!
    const cloned = snap(server.pid, '--details', '--freeze', 'fork').snapshot!
    expect(ofProcess(cloned)).toEqual(ofProcess(stopped))
    expect(cloned.freeze).toMatchObject({ how: 'parked', cloned: true, copiedBytes: stopped.freeze.copiedBytes })
    expect(stopped.freeze).not.toHaveProperty('cloned')
    const heapOnly = snap(server.pid, '--heap-only', '--freeze', 'fork').snapshot!
    expect(heapOnly.vms).toEqual(snap(server.pid, '--heap-only').snapshot!.vms)
  })

  test('answers every request under load, each snapshot is exact, and nothing is left of the clones', async () => {
    await using server = await serveKeeper()
    const stop = new AbortController()
    const loaded = load(
      server.runtime,
      {
        requests: [{ path: '/keep' }],
        amount: 10_000_000,
        connections: 10,
        expectStatus: [[200, 200]],
        stopEarly: true,
      } as never,
      { signal: stop.signal },
    ).catch((error: unknown) => error)
    for (let i = 0; i < clones; i++) {
      const { snapshot, stderr } = snap(server.pid, '--freeze', 'fork')
      expect(stderr).toBe('')
      const vm = httpVm(snapshot!)
      expect(vm.accounted).toBe(vm.gcTotal)
      const nodes = byPath(vm)
      const kept = nodes.get('registry._LOADED.keeper.kept[*]')?.o?.table?.[0] ?? 0
      expect(nodes.get('registry._LOADED.keeper.kept[*][*]')?.o?.string?.[0] ?? 0).toBe(kept)
      expect(snapshot!.freeze).not.toHaveProperty('zombie')
      expect(childrenOf(server.pid)).toBe('')
    }
    stop.abort()
    await loaded
    expect(await server.get('/keep')).toBe('ok')
    expect(await server.runtime.errorLog()).not.toContain('SIGCHLD')
  })
})
