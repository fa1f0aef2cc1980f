import { expect, test } from 'vitest'
import { foldSmall } from '../../../../plugin/report/html/fold.js'
import { reportHtml } from '../../../../plugin/report/html/html.js'
import { memoryHtml } from '../../../../plugin/report/live/live-html.js'
import { partsHtml } from '../../../../plugin/report/live/parts-html.js'
import { workerHtml } from '../../../../plugin/report/live/worker-html.js'
import type { MemoryPart } from '../../../../plugin/types/memory-part.js'
import type { MemoryRow } from '../../../../plugin/types/snapshot.js'
import { snapshot } from '../../heap/build.js'
import { held } from '../../process/build.js'
import { aReport } from '../build.js'

const part = (name: string, bytes: number, parts: readonly MemoryPart[] = []): MemoryPart => ({ name, bytes, parts })

test('rows below a thousandth are taken together, but neither one alone nor all there are', () => {
  const fold = (...rows: number[]) => foldSmall(rows, (row) => row)
  expect(fold(0.9, 0.0009, 0.1, 0)).toEqual({ shown: [0.9, 0.1], small: [0.0009, 0] })
  expect(fold(0.999, 0.0009)).toEqual({ shown: [0.999, 0.0009], small: [] })
  expect(fold(0.0001, 0.0002)).toEqual({ shown: [0.0001, 0.0002], small: [] })
  expect(fold(0.9, -0.1)).toEqual({ shown: [0.9, -0.1], small: [] })
})

test('small parts of memory are one part that opens, and no byte is missing', () => {
  const small = [part('strings', 900), part('threads', 80), part('userdata', 20)]
  const html = partsHtml(part('process', 1_001_000, [part('heap', 1_000_000), ...small]), () => 'http')
  expect(cellsOf(html)).toEqual([
    'heap|1 MB|99.9 %|',
    '3 parts below 0.1 %|1 KB|0 %|',
    'strings|900 B|0 %|',
    'threads|80 B|0 %|',
    'userdata|20 B|0 %|',
  ])
})

test('zones with nothing resident are behind their number', () => {
  const rows: MemoryRow[] = [
    { category: 'malloc', name: 'main arena, in use', bytes: 1_000_000, used: 1_000_000, how: 'counted' },
    { category: 'shm', name: 'tokens', bytes: 0, size: 131_072, how: 'Rss' },
    { category: 'shm', name: 'limits', bytes: 0, size: 131_072, how: 'Rss' },
  ]
  const html = memoryHtml([{ ...snapshot({}), process: { rss: 1_000_000, rows } }])
  const [open, folded] = html.split('<details class="small">')
  expect(open).toContain('main arena, in use')
  expect(open).not.toContain('tokens')
  expect(folded).toMatch(/<summary>2 rows below 0\.1 %: 0 B<\/summary>.*tokens.*limits/s)
})

test('small holders of malloc are behind their sum, but never what is lost', () => {
  const worker = held({
    nginx: { 'nginx: cycle': [500, 2_000_000], 'nginx: timers': [1, 96], 'nginx: events': [2, 200] },
    lost: [1, 64],
  })
  const [, malloc = ''] = workerHtml([worker]).split('<h2>malloc by who holds it</h2>')
  const [open, folded] = malloc.split('<details class="small">')
  expect(open).toMatch(/nginx: cycle.*lost/s)
  expect(folded).toMatch(/<summary>2 holders below 0\.1 %: 296 B<\/summary>.*nginx: events.*nginx: timers/s)
})

test('the page of a worker says when every byte of a heap is accounted for', () => {
  const worker = snapshot({})
  expect(workerHtml([worker])).toContain('1 MB, every byte accounted for')
  const [vm] = worker.vms
  expect(workerHtml([{ ...worker, vms: [{ ...vm!, accounted: 500_000 }] }])).toContain('1 MB, 50 % accounted for')
})

test('the memory of a run has its largest part first, and small parts with both their sums', () => {
  const row = (name: string, before: number, after: number) => ({
    category: 'lua' as const,
    name,
    before,
    after,
    how: 'counted',
  })
  const rows = [
    row('threads', 100, 300),
    row('tables', 400_000, 500_000),
    row('strings', 400_000, 900_000),
    row('protos', 400, 500),
  ]
  const html = reportHtml(aReport({ process: { rss: { before: 800_500, after: 1_400_800 }, growths: [], rows } }))
  const said = html.slice(html.indexOf('Memory of the workers')).replace(/<[^>]+>/g, ' ')
  const at = ['resident memory', 'strings', 'tables', '2 parts below 0.1 %: 500 B → 800 B', 'protos', 'threads'].map(
    (words) => said.indexOf(words),
  )
  expect(at).toEqual([...at].sort((one, other) => one - other))
  expect(at[0]).toBeGreaterThan(0)
})

test('what an error quotes stands below its sentence, line by line', () => {
  const reasons = ['unexpected status: 500.\nerror log: a <b>\nstack traceback:']
  const html = reportHtml(aReport({ verdict: 'invalid', passed: false, reasons }))
  expect(html).toContain('unexpected status: 500.</h1>\n<pre>error log: a &lt;b&gt;\nstack traceback:</pre>')
})

/** A line for each part, its cells between bars. */
function cellsOf(html: string): string[] {
  return html
    .split(/<(?:div|summary) class="part"/)
    .slice(1)
    .map((row) =>
      (row.match(/<span class="(?:name|n|share)"[^>]*>.*?<\/span>/g) ?? [])
        .map((cell) => cell.replace(/<[^>]+>/g, ''))
        .join('|'),
    )
}
