import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { walkerPath } from '../../../plugin/heapwalk/walker-path.js'
import { serve } from '../server.js'

const big = `
  local t = {}
  for i = 1, 300000 do t[i] = { i } end
  package.loaded.big = t
  ngx.print("ok")`

/** How often: more by `WALKER_KILLS=1000` than a test run has time for. */
const kills = Number(process.env.WALKER_KILLS ?? 100)
const stops = Math.ceil(kills / 5)

function startSnapshot(pid: number) {
  return spawn(walkerPath(), ['snap', '-p', String(pid), '-o', '/dev/null/nowhere'], { stdio: 'ignore' })
}

/** State and tracer of a process, as the kernel tells: `S 0`. */
function stateOf(pid: number): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return `${/^State:\s+(\S)/m.exec(status)?.[1]} ${/^TracerPid:\s+(\d+)/m.exec(status)?.[1]}`
}

test(
  'a walker killed at any moment leaves the worker serving',
  async () => {
    await using server = await serve({ locations: { '/big': big, '/up': 'ngx.print("up")' } })
    await server.get('/big')
    for (let i = 0; i < kills; i++) {
      const walker = startSnapshot(server.pid)
      const ended = once(walker, 'exit')
      await delay(i % 40) // from before the freeze to after it
      walker.kill('SIGKILL')
      await ended
      expect(await server.get('/up')).toBe('up')
    }
    expect(stateOf(server.pid)).toMatch(/^[SR] 0$/)
  },
  60_000 + kills * 500,
)

test(
  'a walker stopped at any moment gives the worker back by itself',
  async () => {
    await using server = await serve({ locations: { '/big': big, '/up': 'ngx.print("up")' } })
    await server.get('/big')
    for (let i = 0; i < stops; i++) {
      const walker = startSnapshot(server.pid)
      const ended = once(walker, 'exit')
      await delay((i % 20) * 2)
      walker.kill('SIGSTOP')
      expect(await server.get('/up')).toBe('up') // answers once the worker runs on
      walker.kill('SIGKILL')
      await ended
    }
  },
  60_000 + stops * 2000,
)
