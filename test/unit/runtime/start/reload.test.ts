import { expect, test } from 'vitest'
import { type Reloadable, reloadNginx } from '../../../../plugin/runtime/start/reload.js'

/** A server whose workers are these, look after look; the last ones stay. */
function server(looks: readonly (readonly number[])[], rejection?: string): Reloadable & { readonly said: string[] } {
  const left = [...looks]
  const said: string[] = []
  return {
    said,
    workers: async () => (left.length > 1 ? left.shift()! : left[0]!).map((pid) => ({ pid })),
    hangUp: () => void said.push('HUP'),
    rejection: async () => (said.length > 0 ? rejection : 'said before the reload'),
  }
}

test('a reload is over once as many workers as before serve, and none of the old ones', async () => {
  const reloaded = server([[1, 2], [1, 2], [1, 3], [3], [3, 4], [5, 6]])
  await reloadNginx(reloaded, 10_000)
  expect(reloaded.said).toEqual(['HUP'])
  // what the look after the last one sees
  expect(await reloaded.workers()).toEqual([{ pid: 5 }, { pid: 6 }])
})

test('a reload that nginx rejects says so in the words of its log', async () => {
  await expect(reloadNginx(server([[1]], '[emerg] unknown directive "x"'), 10_000)).rejects.toMatchObject({
    code: 'RUNTIME_RELOAD_FAILED',
    message: 'nginx keeps its old workers, since it rejects the conf at a reload:\n[emerg] unknown directive "x"',
  })
})

test('a reload after which no new workers come says how to wait longer', async () => {
  await expect(reloadNginx(server([[1]]), 0)).rejects.toMatchObject({
    code: 'RUNTIME_RELOAD_FAILED',
    message: expect.stringContaining(
      'nginx had no new workers 0 s after a reload. Where it needs longer: --start-timeout',
    ),
  })
})
