import { expect, test } from 'vitest'
import { annotations } from '../../../../plugin/report/export/annotations.js'
import { aGrowth, aLeak, aReport } from '../build.js'

test('a failed measurement is one error at its file', () => {
  const clean = { file: 'a.test.ts', title: 'clean', report: aReport() }
  expect(annotations([clean, { file: 'test/b.test.ts', title: 'GET /t, twice', report: aLeak() }])).toEqual([
    '::error file=test/b.test.ts,title=GET /t%2C twice::heap grew on 1 path: 1.00 object/request (42 B/request), in 7 of 7 rounds, 51,651 requests%0Aregistry._LOADED.demo.go.^foo[*] (demo.lua:5)',
  ])
})

test('they are few', () => {
  const many = Array.from({ length: 30 }, (_, i) => ({ file: `${i}.test.ts`, title: '', report: aLeak() }))
  expect(annotations(many)).toHaveLength(10)
})

test('a key cannot write a command of its own', () => {
  const report = aLeak([aGrowth({ path: 'registry["x\n::error::y\r%0A\u001b[2J"][*]' })])
  const [line, ...others] = annotations([{ file: 'a:b,c\n.ts', title: '::stop-commands::', report }])
  expect(others).toEqual([])
  expect(line).not.toMatch(/\p{Cc}/u)
  expect(line).toMatch(/^::error file=a%3Ab%2Cc\\u000a\.ts,title=%3A%3Astop-commands%3A%3A::heap grew/)
  expect(line).toContain('["x\\u000a::error::y\\u000d%250A\\u001b[2J"]')
})
