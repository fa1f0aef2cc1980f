import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { whyUnreadable } from '../../../plugin/base/missing-file.js'

const ENOENT = Object.assign(new Error('ENOENT: no such file or directory, open'), { code: 'ENOENT' })

test('a file that is not there is told with its neighbour of nearly that name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'missing-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'nginx.conf'), '')
  expect(whyUnreadable(join(folder, 'ngnix.conf'), ENOENT)).toBe(
    `no such file; did you mean ${join(folder, 'nginx.conf')}?`,
  )
  expect(whyUnreadable(join(folder, 'else.txt'), ENOENT)).toBe('no such file.')
  expect(whyUnreadable(join(folder, 'cnof/nginx.conf'), ENOENT)).toBe(
    `no such file, and no folder ${join(folder, 'cnof')}.`,
  )
})

test.each([
  ['EACCES', 'permission denied.'],
  ['EISDIR', 'it is a folder.'],
  ['EMFILE', 'EMFILE.'],
])('%s is said in words where there are some', (code, words) => {
  expect(whyUnreadable('/x', Object.assign(new Error('raw'), { code }))).toBe(words)
})
