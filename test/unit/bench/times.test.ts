import { expect, test } from 'vitest'
import { takeTimes } from '../../../plugin/bench/times.js'
import type { Runtime } from '../../../plugin/types/runtime.js'

const PLAN = { requests: [], expectStatus: [[200, 399]], timeoutS: 1, loads: [], timeMs: 0, rounds: 3 } as const

/** A server that takes down what is done to it; its processes cannot be seen. */
function aServer(title: string, seen: string[], { restart }: { readonly restart?: () => Promise<void> } = {}) {
  const runtime = { workersHere: async () => null, reload: async () => void seen.push(`${title} reloaded`) }
  return { title, runtime: runtime as unknown as Runtime, ...(restart && { restart }) }
}

test('before each round servers are started anew where they can be, and reloaded where not', async () => {
  const seen: string[] = []
  const restart = async () => void seen.push('base restarted')
  await takeTimes([aServer('base', seen, { restart }), aServer('head', seen)], PLAN, {})
  const round = ['base restarted', 'head reloaded']
  expect(seen).toEqual([...round, ...round, ...round])
})

test('a start that fails ends it, but not before the other server has started', async () => {
  const seen: string[] = []
  const failing = { restart: () => Promise.reject(new Error('head does not start')) }
  const slow = {
    restart: async () => {
      await new Promise(setImmediate)
      seen.push('base restarted')
    },
  }
  const taken = takeTimes([aServer('base', seen, slow), aServer('head', seen, failing)], PLAN, {})
  await expect(taken).rejects.toThrow('head does not start')
  expect(seen).toEqual(['base restarted'])
})
