import { describe, expect, test } from 'vitest'
import { judgeComparison } from '../../plugin/compare/judge/judge.js'
import { DEFAULT_MINIMUMS } from '../../plugin/compare/judge/thresholds.js'
import { compareHtml } from '../../plugin/report/compare/compare-html.js'
import { differenceHtml, heapHtml, memoryHtml } from '../../plugin/report/live/live-html.js'
import { aKept, aResult } from '../unit/compare/build.js'
import { snapshot } from '../unit/heap/build.js'
import { noChromium, useChromium } from './chromium.js'

const DEEP = 'registry._LOADED.metrics.observe.^lookup.GET{*}'
const heapOf = (objects: number) => {
  const whole = snapshot({ [DEEP]: { table: [objects, objects * 112] } }, { pid: 7, rss: 8_700_000 })
  const how = "resident pages of lj_alloc's segments and large blocks, less gc.total"
  const rows = [
    { category: 'lua', name: 'allocator free space and overhead', vm: 'http', bytes: 8_000_000, how },
    { category: 'library', name: 'library text', bytes: 700_000, how: "Rss of the file's mappings" },
  ] as const
  return { ...whole, process: { ...whole.process, rows } }
}
const clean = aResult()
const leaking = aResult({ memory: { ...clean.memory!, verdict: 'leak', kept: [aKept({ path: DEEP })] } })

const PAGES = {
  heap: heapHtml([heapOf(8000)]),
  memory: memoryHtml([heapOf(8000)]),
  diff: differenceHtml(heapOf(3000), heapOf(8000)),
  compare: compareHtml(
    judgeComparison(clean, leaking, {
      level: 0.01,
      minimums: DEFAULT_MINIMUMS,
      failOn: 'leak',
      paired: true,
      seconds: null,
    }),
  ),
}

describe.skipIf(noChromium)(`pages beside that of a run${noChromium ? ` (skipped: ${noChromium})` : ''}`, () => {
  const openPage = useChromium()

  test.each(Object.entries(PAGES))('that of %s fits a phone, and no word stands letter by letter', async (_, html) => {
    const { page, complaints } = await openPage(html, { viewport: { width: 400, height: 800 } })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400)
    const squeezed = await page.evaluate(`[...document.querySelectorAll('td')]
      .filter((cell) => cell.textContent.length > 3 && cell.offsetHeight > 8 * parseFloat(getComputedStyle(cell).lineHeight))
      .map((cell) => cell.textContent)`)
    expect(squeezed).toEqual([])
    expect(complaints).toEqual([])
  })

  test.each(['memory', 'compare'] as const)('on a phone no cell of %s is out of sight', async (kind) => {
    const { page } = await openPage(PAGES[kind], { viewport: { width: 400, height: 850 } })
    const cells = await page.evaluate(`[...document.querySelectorAll('.${kind} td')]
      .map((cell) => ({ text: cell.textContent, right: cell.getBoundingClientRect().right }))`)
    expect(cells).not.toEqual([])
    expect((cells as { right: number }[]).filter(({ right }) => right > 400)).toEqual([])
  })

  test('a heap of one moment has no moments to choose from, and nothing that changed', async () => {
    const { page } = await openPage(PAGES.heap)
    const groups = await page.evaluate(`[...document.querySelectorAll('[role=group]')].map((one) => one.ariaLabel)`)
    expect(groups).toEqual(['Size by', 'Shape', 'Rank by'])
    expect(await page.textContent('.details thead')).toBe('Now')
    expect(await page.textContent('.legend')).not.toContain('difference')
    expect(await page.textContent('.status')).toMatch(
      /^registry\._LOADED\.metrics\.observe\.\^lookup\.GET: 896 KB, 100 % of all\. /,
    )
  })
})
