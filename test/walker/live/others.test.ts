import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { waitUntil } from '../../../plugin/base/wait.js'
import type { NginxProcess } from '../../../plugin/heapwalk/nginx-process.js'
import { walkerPath } from '../../../plugin/heapwalk/walker-path.js'
import { openLive } from '../../../plugin/runtime/attach/open-live.js'
import type { Runtime } from '../../../plugin/types/runtime.js'
import type { Snapshot } from '../../../plugin/types/snapshot.js'
import { byPath } from '../paths.js'
import { serve } from '../server.js'

/**
 * What OpenResty's privileged agent is, made by what every nginx with Lua has: a child of the master with a title of its own, which
 * keeps a sample in a Lua table whenever its event loop comes round.
 */
const child = (title: string) => `
  init_by_lua_block {
    local ffi = require("ffi")
    ffi.cdef[[
      extern char **ngx_os_argv;
      int fork(void);
      int prctl(int option, unsigned long value);
      int epoll_create1(int flags);
      int epoll_wait(int fd, void *events, int most, int timeout_ms);
      int getppid(void);
      void _exit(int code);
    ]]
    local master = ngx.worker.pid()
    if ffi.C.fork() == 0 then
      ffi.C.prctl(1, 15) -- PR_SET_PDEATHSIG, SIGTERM
      local room = 0 -- the arguments follow one another, and so may the title over them
      local argv = ffi.C.ngx_os_argv
      while argv[room] ~= nil do room = room + 1 end
      local last = argv[room - 1]
      local length = last - argv[0] + #ffi.string(last)
      ffi.fill(argv[0], length)
      ffi.copy(argv[0], ("${title}"):sub(1, length - 1))
      local history = {}
      package.loaded.samples = history
      local events, fd = ffi.new("char[16]"), ffi.C.epoll_create1(0)
      while ffi.C.getppid() == master do
        history[#history + 1] = "sample " .. #history
        ffi.C.epoll_wait(fd, events, 1, 2)
      end
      ffi.C._exit(0)
    end
  }`

const locations = { '/up': 'ngx.print("up")' }
const TITLES = ['nginx: privileged agent process', 'event broker']

/** nginx may serve before its child has got as far as its title. */
async function untilTitled(runtime: Runtime, title: string): Promise<void> {
  await waitUntil(async () => (await runtime.others()).some((other) => other.title === title), { timeoutMs: 5000 })
}

function samplesIn({ vms }: Snapshot): number {
  return byPath(vms[0]!).get('registry._LOADED.samples[*]')?.o?.string?.[0] ?? 0
}

test.each(TITLES)('a process of the master with Lua is read like a worker: %s', async (title) => {
  await using server = await serve({ locations, http: child(title) })
  const { runtime } = server
  await untilTitled(runtime, title)
  const others = await runtime.others()
  expect(others).toEqual([{ pid: expect.any(Number), title }])
  const { pid } = others[0]!
  expect((await runtime.workers()).map((worker) => worker.pid)).not.toContain(pid)
  const before = await runtime.snapshot(pid)
  await waitUntil(async () => samplesIn(await runtime.snapshot(pid)) > samplesIn(before), { timeoutMs: 5000 })
  expect(before.pid).toBe(pid)
  expect(before.process.rows?.length).toBeGreaterThan(3)

  await using live = await openLive({ pid })
  const [found, ...more] = await live.workers()
  expect(more).toEqual([])
  expect(samplesIn(await live.heapwalk.snapshot(found!))).toBeGreaterThan(samplesIn(before))
})

test('heapwalk names the agent, and lists a helper with any title', async () => {
  for (const [title, role] of [
    [TITLES[0]!, 'agent'],
    [TITLES[1]!, 'other'],
  ] as const) {
    await using server = await serve({ locations, http: child(title) })
    await untilTitled(server.runtime, title)
    const [{ pid } = { pid: 0 }] = await server.runtime.others()
    const listed = JSON.parse(spawnSync(walkerPath(), ['ps'], { encoding: 'utf8' }).stdout) as NginxProcess[]
    expect(listed.find((each) => each.pid === pid)).toMatchObject({
      role,
      exiting: false,
      waiting: expect.any(Boolean),
      title,
    })
  }
})

test('what went on to run another program has no Lua', async () => {
  const http = 'init_by_lua_block { package.loaded.rotation = io.popen("exec cat", "w") }'
  await using server = await serve({ locations, http })
  const { runtime, pid } = server
  const listed = JSON.parse(spawnSync(walkerPath(), ['ps'], { encoding: 'utf8' }).stdout) as NginxProcess[]
  const { ppid: master } = listed.find((each) => each.pid === pid)!
  const children = listed.filter(({ ppid }) => ppid === master)
  expect(children.map(({ title, sameProgram }) => [title, sameProgram]).sort()).toEqual([
    ['cat', false],
    ['nginx: worker process', true],
  ])
  expect(await runtime.others()).toEqual([])
  await using live = await openLive({ pid: master })
  expect(await live.others()).toEqual([])
})

test('beside a worker that is alone there are no others', async () => {
  await using server = await serve({ locations })
  expect(await server.runtime.others()).toEqual([])
})
