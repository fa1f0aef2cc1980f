import { expect, test } from 'vitest'
import { type AskOptions, askOnce } from '../../../plugin/explore/ask.js'
import { givenFormat, logFormatsOf } from '../../../plugin/explore/log-formats.js'
import { COMBINED } from '../../../plugin/load/sources/log/format.js'
import type { LoadResult } from '../../../plugin/types/load.js'

const TARGET = { url: 'http://127.0.0.1:1', origin: () => 'http://127.0.0.1:1' }

/** A server that answers by path: with a status, or with an error. */
function answering(statuses: Readonly<Record<string, number | 'timeout' | 'closed'>>) {
  const asked: string[] = []
  const send = async (_target: unknown, { requests: [request] }: { requests: readonly { path: string }[] }) => {
    const { path } = request!
    asked.push(path)
    const answer = statuses[path] ?? 200
    const errors = { connect: 0, reset: 0, timeout: 0, closed: 0 }
    if (typeof answer === 'number') return { statuses: { [answer]: 1 }, errors } as unknown as LoadResult
    return { statuses: {}, errors: { ...errors, [answer]: 1 }, firstError: 'it ended' } as unknown as LoadResult
  }
  return { asked, send: send as unknown as NonNullable<AskOptions['send']> }
}

const PLAN = { expectStatus: [[200, 399]], timeoutS: 10, keepAlive: true } as const

test('asks each once, and the next attempt only where the one before was not answered as expected', async () => {
  const server = answering({ '/b/{n}': 404, '/c/{n}': 404, '/c/7': 500, '/d': 'timeout', '/e': 'closed' })
  const candidates = [['/a'], ['/b/{n}', '/b/7'], ['/c/{n}', '/c/7'], ['/d'], ['/e']].map((paths) => ({
    attempts: paths.map((path) => ({ path })) as [{ path: string }],
  }))
  const { answering: found, refused } = await askOnce(TARGET, candidates, {
    plan: PLAN,
    signal: undefined,
    send: server.send,
  })
  expect(found.map(({ path }) => path)).toEqual(['/a', '/b/7'])
  expect(refused.map(({ request, reason }) => `${request} ${reason}`)).toEqual([
    'GET /c/{n} answers 404',
    'GET /d gives no answer within 5 s',
    'GET /e gives no answer: it ended',
  ])
  expect(server.asked.sort()).toEqual(['/a', '/b/7', '/b/{n}', '/c/7', '/c/{n}', '/d', '/e'])
})

test('takes a log format by its text, as a whole directive, or by the name of one that is known', () => {
  const known = logFormatsOf(undefined)
  expect(known).toEqual([COMBINED])
  expect(givenFormat('$request $status', known)).toEqual({
    name: 'as given',
    escape: 'default',
    text: '$request $status',
  })
  expect(givenFormat(`log_format main escape=json '{"r":"$request",'\n  '"s":$status}';`, known)).toEqual({
    name: 'main',
    escape: 'json',
    text: '{"r":"$request","s":$status}',
  })
  expect(givenFormat('combined', known)).toBe(COMBINED)
  expect(() => givenFormat('main', known)).toThrow('names no variable and none of combined')
})
