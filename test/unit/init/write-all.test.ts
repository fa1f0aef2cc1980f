import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeAll } from '../../../plugin/init/write-all.js'
import { aFolder } from './folder.js'

test('all files are written, with the folders that they need', () => {
  const folder = aFolder()
  writeAll([
    { path: join(folder, 'a/b/one.txt'), text: 'one' },
    { path: join(folder, 'two.txt'), text: 'two' },
  ])
  expect(readFileSync(join(folder, 'a/b/one.txt'), 'utf8')).toBe('one')
  expect(readFileSync(join(folder, 'two.txt'), 'utf8')).toBe('two')
})

test('where one cannot be written none is, and no folder stays', () => {
  const folder = aFolder({ file: '' })
  const files = [
    { path: join(folder, 'a/b/one.txt'), text: 'one' },
    { path: join(folder, 'file/two.txt'), text: 'two' },
  ]
  expect(() => writeAll(files)).toThrow(/ENOTDIR|EEXIST/)
  expect(readdirSync(folder)).toEqual(['file'])
})

test('a file that came meanwhile stays as it is, and none is written', () => {
  const folder = aFolder({ 'two.txt': 'theirs' })
  const files = [
    { path: join(folder, 'one.txt'), text: 'one' },
    { path: join(folder, 'two.txt'), text: 'two' },
  ]
  expect(() => writeAll(files)).toThrow('EEXIST')
  expect(existsSync(join(folder, 'one.txt'))).toBe(false)
  expect(readFileSync(join(folder, 'two.txt'), 'utf8')).toBe('theirs')
})
