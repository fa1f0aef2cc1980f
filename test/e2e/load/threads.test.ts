import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { load } from '../../../plugin/load/client/autocannon.js'
import type { LoadPlan } from '../../../plugin/types/load.js'
import { loadScript } from '../../load-script.js'

const PLAN: LoadPlan = {
  requests: [{ path: '/{n}' }],
  amount: 503,
  connections: 7,
  threads: 3,
  expectStatus: [[200, 399]],
}

async function serve(listener: RequestListener) {
  const paths: string[] = []
  const server = createServer((request, response) => {
    paths.push(request.url!)
    listener(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { paths, server, target: { url, origin: () => url } }
}

test('threads complete the amount together and never use one number twice', async () => {
  const { paths, target } = await serve((_, response) => response.end('hello'))
  const progress: number[] = []
  const result = await load(target, PLAN, { onProgress: ({ completed }) => progress.push(completed) })
  expect(result).toMatchObject({ asked: 503, completed: 503, sent: 503, statuses: { 200: 503 } })
  expect(new Set(paths).size).toBe(503)
  expect(progress).toEqual(progress.toSorted((a, b) => a - b))
})

test('every thread imports the script, and done runs once', async () => {
  const { paths, target } = await serve((_, response) => response.end('hello'))
  const file = await loadScript(`
    import { writeFileSync } from 'node:fs'
    export const request = (planned, n) => '/scripted/' + n
    export const done = ({ completed }) => writeFileSync(import.meta.filename + '.txt', String(completed), { flag: 'wx' })
  `)
  const result = await load(target, { ...PLAN, script: file })
  expect(result.completed).toBe(503)
  expect(new Set(paths).size).toBe(503)
  expect(paths.every((path) => path.startsWith('/scripted/'))).toBe(true)
})

test('a script that throws in one thread ends all of them', async () => {
  const { target } = await serve((_, response) => response.end('hello'))
  const file = await loadScript(
    "export const request = (planned, n) => { if (n === 100) throw new Error('boom'); return planned }",
  )
  await expect(load(target, { ...PLAN, amount: 1_000_000, script: file })).rejects.toMatchObject({
    name: 'LoadError',
    code: 'LOAD_SCRIPT',
    message: expect.stringMatching(
      /^request\(\) of the load script threw; the load was stopped\. Error: boom\n.*script\.mjs:1/,
    ),
  })
})

test('an abort ends all threads, with its reason', async () => {
  const stop = new AbortController()
  const { server, target } = await serve((request, response) => {
    if (request.url === '/100') stop.abort(new Error('enough'))
    response.end('hello')
  })
  await expect(load(target, { ...PLAN, amount: 1_000_000 }, { signal: stop.signal })).rejects.toThrow('enough')
  const connections = () => new Promise((resolve) => server.getConnections((_, count) => resolve(count)))
  await expect.poll(connections).toBe(0)
})
