import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LogFile } from '../../../../plugin/runtime/log/log-file.js'

const ENTRY = '2026/11/23 19:07:06 [error] 7#7: *1 [lua] a.lua:1: grün\nund zwei\n'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-file-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('each look reads what is new, also where it begins within a character', async () => {
  const path = join(folder, 'error.log')
  const bytes = Buffer.from(ENTRY.repeat(3))
  const cut = bytes.indexOf(Buffer.from('ü')) + 1
  await writeFile(path, bytes.subarray(0, cut))
  const log = new LogFile(path)
  expect(await log.complaints()).toMatchObject([{ count: 1 }])
  await appendFile(path, bytes.subarray(cut))
  const [twice, thrice] = await Promise.all([log.complaints(), log.complaints()])
  expect(twice).toEqual(thrice)
  expect(thrice).toMatchObject([{ kind: 'said', count: 3, first: ENTRY.trimEnd() }])
})

test('a log of many pieces is counted whole', async () => {
  const path = join(folder, 'error.log')
  await writeFile(path, ENTRY.repeat(60_000))
  expect(await new LogFile(path).complaints()).toMatchObject([{ count: 60_000, first: ENTRY.trimEnd() }])
})
