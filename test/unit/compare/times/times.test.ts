import { expect, test } from 'vitest'
import { takeTimes } from '../../../../plugin/compare/times/times.js'
import type { Runtime } from '../../../../plugin/types/runtime.js'

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

test('they are started one after the other, since both may want the same port', async () => {
  const seen: string[] = []
  const starting = (name: string) => async () => {
    seen.push(`${name} begins`)
    await new Promise(setImmediate)
    seen.push(`${name} is up`)
  }
  const servers = [
    aServer('base', seen, { restart: starting('base') }),
    aServer('head', seen, { restart: starting('head') }),
  ]
  await takeTimes(servers, { ...PLAN, rounds: 1 }, {})
  expect(seen).toEqual(['base begins', 'base is up', 'head begins', 'head is up'])
})

test('a start that fails ends it', async () => {
  const restart = () => Promise.reject(new Error('head does not start'))
  await expect(takeTimes([aServer('head', [], { restart })], PLAN, {})).rejects.toThrow('head does not start')
})
