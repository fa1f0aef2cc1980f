import { expect, test } from 'vitest'
import { annotations } from '../../../../plugin/report/export/annotations.js'
import type { Finding } from '../../../../plugin/report/export/findings.js'

function aFinding(overrides: Partial<Finding> = {}): Finding {
  return {
    file: 'b.test.ts',
    title: 'GET /t',
    lines: ['heap grew'],
    kind: 'leak',
    subject: 'globals.x[*]',
    ...overrides,
  }
}

test('a finding is an error at its place', () => {
  const found = [
    aFinding({ file: 'lua/demo.lua', line: 5, title: 'GET /t, twice', lines: ['heap grew', '100 % of it'] }),
    aFinding(),
  ]
  expect(annotations(found)).toEqual([
    '::error file=lua/demo.lua,line=5,title=GET /t%2C twice::heap grew%0A100 %25 of it',
    '::error file=b.test.ts,title=GET /t::heap grew',
  ])
})

test('one without a place is an error of the run', () => {
  const { file, ...nowhere } = aFinding()
  expect(annotations([nowhere])).toEqual(['::error title=GET /t::heap grew'])
})

test('they are few', () => {
  expect(annotations(Array.from({ length: 30 }, () => aFinding()))).toHaveLength(10)
})

test('a key cannot write a command of its own', () => {
  const key = 'registry["x\n::error::y\r%0A\u001b[2J"][*]'
  const [line, ...others] = annotations([
    aFinding({ file: 'a:b,c\n.ts', title: '::stop-commands::', lines: ['', key] }),
  ])
  expect(others).toEqual([])
  expect(line).not.toMatch(/\p{Cc}/u)
  expect(line).toMatch(/^::error file=a%3Ab%2Cc\\u000a\.ts,title=%3A%3Astop-commands%3A%3A::%0A/)
  expect(line).toContain('["x\\u000a::error::y\\u000d%250A\\u001b[2J"]')
})
