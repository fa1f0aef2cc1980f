import { expect, test } from 'vitest'
import { makePlan } from '../../../plugin/measure/plan.js'
import { planFor, servesSessionsOnly } from '../../../plugin/measure/sessions.js'
import type { RuntimeListen } from '../../../plugin/types/runtime.js'

const HTTP: RuntimeListen = { protocol: 'http', confPort: 8080, port: 8080, tls: false, udp: false }
const STREAM: RuntimeListen = { ...HTTP, protocol: 'stream', confPort: 8500, port: 8500 }
const work = async () => {}

test('a server without http serves sessions, and one whose conf is not known is taken to serve requests', () => {
  expect(servesSessionsOnly({ listens: [STREAM] })).toBe(true)
  expect(servesSessionsOnly({ listens: [STREAM, HTTP] })).toBe(false)
  expect(servesSessionsOnly({ listens: null })).toBe(false)
})

test('growth of a server without http is counted by session, unless something else is named', () => {
  const per = (input: Parameters<typeof makePlan>[0]) => planFor(makePlan(input), { listens: [STREAM] }).per
  expect([per({ work }), per({ command: 'a' })]).toEqual(['session', 'session'])
  expect([per({ work, per: 'connection' }), per({ work, reload: true })]).toEqual(['connection', 'reload'])
  expect(planFor(makePlan({ work }), { listens: [STREAM, HTTP] }).per).toBe('call')
})

test('requests to a server without http are refused with what would do', () => {
  expect(() => planFor(makePlan({ request: '/t' }), { listens: [STREAM] })).toThrow(
    'requests need an http server, and this conf has none: it listens on 8500 (stream). Load it with a client of that protocol: work, or --command',
  )
})
