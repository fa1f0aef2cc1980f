import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { glob, isGlob } from '../../../plugin/conf/glob.js'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'glob-'))
  for (const name of ['a', 'b']) mkdirSync(join(folder, name))
  for (const name of ['a/2.conf', 'a/10.conf', 'a/B.conf', 'a/.hidden.conf', 'a/x.confx', 'b/1.conf', 'b/[x].conf']) {
    writeFileSync(join(folder, name), '')
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

test.each([
  ['a/*.conf', ['a/10.conf', 'a/2.conf', 'a/B.conf']],
  ['*/1*.conf', ['a/10.conf', 'b/1.conf']],
  ['a/?.conf', ['a/2.conf', 'a/B.conf']],
  ['a/[0-9].conf', ['a/2.conf']],
  ['a/[!0-9].conf', ['a/B.conf']],
  ['b/\\[x\\].conf', ['b/[x].conf']],
  ['nowhere/*.conf', []],
])('%s', (pattern, expected) => {
  expect(glob(join(folder, pattern))).toEqual(expected.map((name) => join(folder, name)))
})

test('takes a plain path for no pattern', () => {
  expect(isGlob('/a/b.conf')).toBe(false)
  expect(isGlob('/a/*.conf')).toBe(true)
})
