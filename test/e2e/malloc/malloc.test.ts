import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bootRuntime } from '../../../plugin/runtime/boot.js'
import type { Runtime } from '../../../plugin/types/runtime.js'
import { aFolder, restyLeak } from '../resty-leak.js'

const CONF = fileURLToPath(new URL('nginx.conf', import.meta.url))

/** Blocks that words in nginx hold which are left from what it freed, such as at the end of reading its configuration. */
const FEW = 12

describe('who holds malloc in a live worker', () => {
  let server: Runtime
  let pid: string

  beforeAll(async () => {
    server = await bootRuntime({ conf: CONF, runtime: 'local' })
    pid = String((await server.workers())[0]!.pid)
    for (const path of ['/hold', ...new Array(50).fill('/lose'), '/collect']) await fetch(server.url + path)
  })
  afterAll(() => server[Symbol.asyncDispose]())

  async function json(command: string, ...options: string[]) {
    const file = join(await aFolder(), 'live.json')
    const { code, out } = await restyLeak([command, '-p', pid, ...options, '--json', file], { json: false })
    expect(code).toBe(0)
    return { worker: JSON.parse(await readFile(file, 'utf8')).workers[0], out }
  }

  test('is in the JSON of memory, in rows that sum to what is in use', async () => {
    const { worker, out } = await json('memory')
    const { blocks, bytes, holders, lost } = worker.malloc
    const sum = (key: 'blocks' | 'bytes') =>
      holders.reduce((total: number, row: { blocks: number; bytes: number }) => total + row[key], 0)
    expect({ blocks: sum('blocks'), bytes: sum('bytes') }).toEqual({ blocks, bytes })
    const held = holders.find(({ holder }: { holder: string }) => holder === 'globals.held[*]')
    expect(held).toMatchObject({ kind: 'path', vm: 'http', objects: 'struct parcel *, freed by C function free' })
    expect(held.bytes).toBe(1008 * held.blocks)
    expect(Math.abs(held.blocks - 100)).toBeLessThanOrEqual(FEW)
    expect(lost.sizes[0][0]).toBe(1008)
    expect(Math.abs(lost.sizes[0][1] - 50)).toBeLessThanOrEqual(FEW)
    expect(out).toMatch(/[\d.]+ KB +[\d.]+ % +\d+ +_G\.held +struct parcel \*, freed by C function free/)
    expect(worker.conclusion.join(' ')).toMatch(/are lost, nothing points at them any more: most are \d+ of 1,008 B/)
  })

  test('is in the JSON of heap, at the path and above it', async () => {
    const { worker } = await json('heap', '--retained')
    const { paths } = worker.vms[0]
    const at = (path: string) => paths.find((row: { path: string }) => row.path === path)
    expect(Math.abs(at('globals.held[*]').malloc / 1008 - 100)).toBeLessThanOrEqual(FEW)
    expect(at('globals.held').mallocWithBelow).toBe(at('globals.held[*]').malloc)
    expect(Math.abs(worker.malloc.lost.blocks - 50)).toBeLessThanOrEqual(FEW)
  })
})

test('run says which of several requests loses memory', async () => {
  const { code, out, report } = await restyLeak([
    ...['run', CONF, '--request', '/lose', '--request', '/free'],
    ...['--amount', '2000', '--warmup', '100', '--no-locate'],
  ])
  expect(code).toBe(1)
  const [lost] = report!.process.growths
  expect(lost).toMatchObject({ class: 'leak', category: 'malloc', holder: 'lost' })
  const [first, second] = lost!.byRequest!
  expect([first!.request, second!.request]).toEqual(['GET /lose', 'GET /free'])
  expect(Math.abs(first!.perRequest / 1008 - 1)).toBeLessThan(0.03)
  expect(Math.abs(second!.perRequest)).toBeLessThan(30)
  expect(out).toMatch(/By request: GET \/lose [\d,]+ B\/request, GET \/free /)
})
