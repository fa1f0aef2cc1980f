import { expect, test } from 'vitest'
import { MARKDOWN_MARKER, reportMarkdown, runMarkdown } from '../../../../plugin/report/markdown/markdown.js'
import { MARKDOWN_LIMIT } from '../../../../plugin/report/markdown/what-fits.js'
import { aGrowth, aLeak, anUpdate, aReport } from '../build.js'

test('a leak is a table by path and type, and what it means', () => {
  expect(reportMarkdown(aLeak(), { title: 'demo' })).toBe(`<!-- vitest-openresty-leak -->
### demo

**heap grew on 1 path: 1.00 object/request &#40;42 B/request&#41;, in 7 of 7 rounds, 51,651 requests**

| path | source | type | objects | bytes | per request | by round |
| --- | --- | --- | --: | --: | --: | --- |
| <code>registry.&#95;LOADED.demo.go.&#94;foo&#91;&#42;&#93;</code> | <code>demo.lua&#58;5</code> | strings | +20,157 | +848.6 KB | 1.00 (42 B) | level |
|  |  | tables, array part 8,192 &#45;&#62; 32,768 slots, 20,157 more in use | +0 | +262.1 KB |  |  |

Strings pile up in package.loaded.demo.go, upvalue foo &#40;demo.lua:5&#41;: 1.00 object and 42 B with each request. This looks like a list that is added to and never cleared: its array part gets longer. Take entries out again &#40;flush it, bound it, clear a table before it is reused&#41;, or keep it in the request instead of the module.

It takes 55 B per request, table slots included: at 100 requests/s a worker of 512 MB is full in 1.1 days.
`)
})

test('what nginx says of a conf that it rejects stands line by line below what failed', () => {
  const reason = 'nginx rejects the conf: nginx.conf\n  [emerg] unknown directive "evnets" in nginx.conf:1\nCorrect it.'
  expect(reportMarkdown(aReport({ verdict: 'invalid', passed: false, reasons: [reason] }))).toContain(
    `
**not measured: nginx rejects the conf: nginx.conf**

<pre>  &#91;emerg&#93; unknown directive "evnets" in nginx.conf&#58;1
Correct it.</pre>
`,
  )
})

test('a run lists all measurements, and tells those that have something to say', () => {
  const text = runMarkdown([
    { name: 'clean', state: 'passed', reports: [aReport()] },
    { name: 'leaks', state: 'failed', reports: [aLeak()] },
  ])
  expect(text.startsWith(`${MARKDOWN_MARKER}\n## OpenResty leak tests: 1 of 2 measurements failed\n`)).toBe(true)
  expect(text).toContain('| ✓ | clean | ok |  |\n| ✗ | leaks | leak | <code>registry')
  expect(text.match(/^### /gm)).toHaveLength(1)
})

test('a summary tells what an update of the baseline wrote, also where nothing grows any more', () => {
  const [removed, , , kept] = anUpdate().entries
  const told = (entries: NonNullable<typeof removed>[]) =>
    runMarkdown([{ name: 'a', state: 'passed', reports: [aReport({ baselineUpdate: { ...anUpdate(), entries } })] }])
  expect(told([removed!])).toContain(
    '<summary>Baseline leaks.json: 1 removed (1)</summary>\n\n- removed: <code>globals.old&#91;&#42;&#93;</code>, not needed any more, was 20.00/s\n',
  )
  expect(told([kept!])).not.toContain('<summary>')
})

test('where nothing changed there is nothing to comment', () => {
  const clean = [{ name: 'clean', state: 'passed', reports: [aReport()] }]
  expect(runMarkdown(clean, 'findings')).toBe('')
  expect(runMarkdown(clean)).toContain('no leak')
  expect(runMarkdown([{ name: 'leaks', state: 'passed', reports: [aLeak()] }], 'findings')).toContain(MARKDOWN_MARKER)
})

test('it stays below what GitHub takes, and says what is left out', () => {
  const growths = Array.from({ length: 60 }, (_, i) => aGrowth({ path: `registry["${'ü'.repeat(5000)}${i}"][*]` }))
  const tests = Array.from({ length: 40 }, (_, i) => ({
    name: `test ${i}`,
    state: 'failed',
    reports: [aLeak(growths)],
  }))
  const text = runMarkdown(tests)
  expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(MARKDOWN_LIMIT)
  expect(text).toContain('parts left out to stay below 64 KB')
})
