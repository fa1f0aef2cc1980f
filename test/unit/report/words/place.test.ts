import { describe, expect, test } from 'vitest'
import { annotations } from '../../../../plugin/report/export/annotations.js'
import { findings } from '../../../../plugin/report/export/findings.js'
import { growthTable } from '../../../../plugin/report/html/growths.js'
import { reportMarkdown } from '../../../../plugin/report/markdown/markdown.js'
import { reportText } from '../../../../plugin/report/terminal/text.js'
import { aGrowth, aLeak } from '../build.js'

const feature = { source: 'handler.lua:6', file: 'lua/beta/handler.lua', line: 6, shortFile: 'beta/handler.lua' }
const other = { source: 'other.lua:2', file: 'lua/other.lua', line: 2 }
const rates = { objectsPerRequest: 1, bytesPerRequest: 48 }

const report = aLeak([
  aGrowth({
    path: 'registry._LOADED.bus.listen.^listeners[*]',
    source: 'handler.lua:3',
    file: 'lua/alpha/handler.lua',
    line: 3,
    shortFile: 'alpha/handler.lua',
    types: {
      function: {
        objects: 20157,
        bytes: 967536,
        ...rates,
        definedAt: [
          { ...feature, objects: 20000 },
          { ...other, objects: 157 },
        ],
      },
    },
  }),
])

describe('people see files by as much of their path as tells them apart, and where what leaks is defined', () => {
  const [annotation] = annotations(findings([{ file: 'a.test.ts', title: '', report }]))

  test.each([
    [
      'terminal',
      reportText(report),
      'functions  [*]   +20,157   +967.5 KB   1.00/request   from beta/handler.lua:6 and 1 other place',
    ],
    ['terminal', reportText(report), '^listeners        upvalue listeners of bus.listen, alpha/handler.lua:3'],
    [
      'Markdown',
      reportMarkdown(report),
      '<code>alpha/handler.lua&#58;3</code> | functions from beta/handler.lua:6 and 1 other place |',
    ],
    ['Markdown', reportMarkdown(report), 'Functions &#40;from beta/handler.lua:6 and 1 other place&#41; pile up'],
    ['page', growthTable(report), 'functions <span class="where">from beta/handler.lua:6 and 1 other place</span>'],
    ['page', growthTable(report), '<span class="where">alpha/handler.lua:3</span>'],
    ['annotation', annotation!, 'registry._LOADED.bus.listen.^listeners[*] (alpha/handler.lua:3)'],
  ])('%s', (_form, text, words) => {
    expect(text).toContain(words)
  })

  test('code in the conf is at a line of the conf', () => {
    const inConf = aGrowth({ source: 'content_by_lua(nginx.conf:13):4', file: 'nginx.conf', line: 16 })
    expect(reportText(aLeak([inConf]))).toContain('upvalue foo of demo.go, nginx.conf:16')
  })

  test('a module without a function on the path is told by its file', () => {
    const module = { source: null, file: 'lua/beta/handler.lua', line: null, moduleFile: 'handler.lua' }
    const text = reportText(
      aLeak([aGrowth({ path: 'registry._LOADED.b.list[*]', ...module, shortFile: 'beta/handler.lua' })]),
    )
    expect(text).toContain('.list        module of beta/handler.lua\n')
  })
})
