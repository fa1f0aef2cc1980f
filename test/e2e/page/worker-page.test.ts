import { describe, expect, test } from 'vitest'
import { workerHtml } from '../../../plugin/report/live/worker-html.js'
import type { MemoryRow } from '../../../plugin/types/snapshot.js'
import { snapshot } from '../../unit/heap/build.js'
import { noChromium, useChromium } from '../chromium.js'

const PATH = 'registry._LOADED.demo.go.^foo[*]'
const ROWS: readonly MemoryRow[] = [
  { category: 'lua', name: 'reachable strings', vm: 'http', bytes: 400_000, used: 400_000, how: 'counted' },
  { category: 'lua', name: 'string table', vm: 'http', bytes: 50_000, used: 50_000, how: 'counted' },
  { category: 'library', name: 'library text', bytes: 100_000, how: 'mappings' },
]
const WORKER = {
  ...snapshot({ [PATH]: { string: [1000, 390_000] }, 'registry.other': { string: [10, 10_000] } }),
  process: { rss: 550_000, rows: ROWS },
}

describe.skipIf(noChromium)(`the page of a worker${noChromium ? ` (skipped: ${noChromium})` : ''}`, () => {
  const openPage = useChromium()

  test('a path that holds memory leads to its place in the graph', async () => {
    const { page, complaints } = await openPage(workerHtml([WORKER]))
    expect(await page.textContent('.status')).toMatch(/^registry\._LOADED\.demo\.go\.\^foo: 390 KB, 97\.5 % of all\. /)
    await page.getByRole('button', { name: PATH }).first().click()
    expect(await page.textContent('.details .path')).toBe(PATH)
    expect(complaints).toEqual([])
  })

  test('what is small is closed, and opens by a click', async () => {
    const { page } = await openPage(workerHtml([WORKER]))
    const text = page.getByText('library text')
    expect(await text.isVisible()).toBe(false)
    await page.getByText('libraries', { exact: true }).click()
    expect(await text.isVisible()).toBe(true)
  })

  test('a phone needs no scrolling to the side', async () => {
    const { page } = await openPage(workerHtml([WORKER]))
    await page.setViewportSize({ width: 400, height: 800 })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400)
  })
})
