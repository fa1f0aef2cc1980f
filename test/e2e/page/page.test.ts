import { describe, expect, test } from 'vitest'
import { reportHtml } from '../../../plugin/report/html/html.js'
import type { PathTree, PathTreeNode } from '../../../plugin/types/path-tree.js'
import { aGrowth, aLeak, aReport, somePaths } from '../../unit/report/build.js'
import { noChromium, useChromium } from '../chromium.js'

const LEAK = reportHtml(aLeak([aGrowth()], { paths: somePaths() }), { title: 'GET /t keeps nothing' })
const PATH = 'registry._LOADED.demo.go.^foo[*]'
/** The first path that branches: nearly all is below it. */
const START = 'registry._LOADED.demo.go.^foo'
const BEGINS = 'The graph begins here; “Show all” goes out to the roots.'
/** Height of a row of the graph. */
const ROW = 24

describe.skipIf(noChromium)(`the page of a report${noChromium ? ` (skipped: ${noChromium})` : ''}`, () => {
  const openPage = useChromium()

  test('tells the growth first, and asks nobody for anything', async () => {
    const { page, complaints } = await openPage(LEAK)
    expect(await page.textContent('h1')).toContain('heap grew on 1 path')
    expect(await page.textContent('h2')).toBe('What grew')
    expect(await page.textContent('.grown')).toBe(PATH)
    expect(await page.textContent('.plainly')).toContain('Strings pile up in package.loaded.demo.go')
    expect(await page.textContent('.status')).toBe(`${START}: 1.3 MB (+1 MB), 99.9 % of all. ${BEGINS}`)
    expect(complaints).toEqual([])
  })

  test('a click zooms, a click on the same box goes back up', async () => {
    const { page } = await openPage(LEAK)
    await page.locator('canvas').click({ position: { x: 30, y: 3.5 * ROW } })
    expect(await page.textContent('.details .path')).toBe('registry._LOADED.demo')
    expect(await page.textContent('.heaviest li')).toBe(`+846.6 KB${PATH}`)
    await page.locator('canvas').click({ position: { x: 30, y: 3.5 * ROW } })
    await page.getByRole('button', { name: 'With all below' }).click()
    expect(await page.textContent('.heaviest li')).toBe('+1 MBregistry._LOADED.demo')
  })

  test('the button of a growth shows its path', async () => {
    const { page } = await openPage(LEAK)
    await page.getByRole('button', { name: 'show in graph' }).click()
    expect(await page.textContent('.details .path')).toBe(PATH)
    expect(await page.textContent('.details')).toContain('bytes, the path itself210.1 KB1.1 MB+846.6 KB')
    expect(await page.textContent('.details .faint')).toBe('80 % of all; holds string')
    expect(await page.evaluate('document.activeElement.tagName')).toBe('CANVAS')
  })

  test('before, after and difference, bytes and objects are a switch away', async () => {
    const { page } = await openPage(LEAK)
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.getByRole('button', { name: 'Before' }).click()
    expect(await page.textContent('.status')).toBe('GC roots: 276.4 KB')
    await page.getByRole('button', { name: 'After' }).click()
    expect(await page.textContent('.status')).toBe('GC roots: 1.3 MB')
    await page.getByRole('button', { name: 'Objects' }).click()
    expect(await page.textContent('.status')).toBe('GC roots: 25,173 objects')
    expect(await page.getByRole('button', { pressed: true }).allTextContents()).toEqual([
      'After',
      'Objects',
      'Icicle',
      'The path itself',
    ])
    expect(await page.getByRole('button', { name: 'Retained' }).count()).toBe(0)
  })

  test('retained bytes can be ranked by where the snapshots tell them', async () => {
    const [tree] = somePaths()
    const nodes = tree!.nodes.map((node, index) => (index === 5 ? { ...node, ret: [1, 1_318_976] as const } : node))
    const { page } = await openPage(reportHtml(aLeak([aGrowth()], { paths: [{ vm: 'http', nodes }] })))
    await page.getByRole('button', { name: 'Retained' }).click()
    expect(await page.locator('.heaviest li').allTextContents()).toEqual(['+1.3 MBregistry._LOADED.demo.go.^foo'])
  })

  test('a search counts and steps through what it finds', async () => {
    const { page } = await openPage(LEAK)
    await page.keyboard.press('/')
    await page.keyboard.type('demo')
    expect(await page.textContent('.status')).toBe('2 paths match: 1.3 MB (+1 MB), 99.9 % of all')
    await page.keyboard.press('Enter')
    expect(await page.textContent('.status')).toBe('2 paths match: 1.3 MB (+1 MB), 99.9 % of all; number 1 is shown')
    expect(await page.textContent('.details .path')).toBe('registry._LOADED.demo')
    await page.keyboard.press('Enter')
    expect(await page.textContent('.details .path')).toBe('registry._LOADED.demo.go')
    await page.fill('input', 'nothing like it')
    expect(await page.textContent('.status')).toBe('0 paths match')
    await page.keyboard.press('Escape')
    expect(await page.textContent('.status')).toContain('registry._LOADED.demo.go:')
  })

  test('the keyboard reaches every path', async () => {
    const { page } = await openPage(LEAK)
    const selected = () => page.textContent('.details .path')
    await page.focus('canvas')
    for (const key of ['Home', 'ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key)
    expect(await selected()).toBe('registry._LOADED.demo')
    await page.keyboard.press('ArrowRight')
    expect(await selected()).toBe('registry._LOADED(7 smaller paths)')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Enter')
    await page.keyboard.press('ArrowUp')
    expect(await selected()).toBe('registry._LOADED')
    await page.keyboard.press('Backspace')
    await page.keyboard.press('Home')
    expect(await selected()).toBe('GC roots')
    expect(await page.getAttribute('canvas', 'aria-label')).toContain('Heap by reference path. GC roots')
  })

  test('names are text, whatever they say', async () => {
    const hostile = [
      `["<script>alert(1)</script>"]`,
      `["\\"><img src=x onerror=alert(2)>"]`,
      `["</script><script>alert(3)</script>"]`,
      `["a | b \u001b[31mred\u001b[0m ::error::x"]`,
      `["${'k'.repeat(10_000)}"]`,
    ]
    const nodes: PathTreeNode[] = [
      { p: -1, s: 'registry', b: [0, 0], o: [0, 0] },
      ...hostile.map((s, i) => ({
        p: 0,
        s,
        b: [1000, 1000 * (i + 2)] as const,
        o: [1, 2] as const,
        t: 'string',
        src: '<b>.lua',
      })),
    ]
    const growths = hostile.map((s) =>
      aGrowth({ path: `registry${s}[*]`, source: '<i>x</i>.lua:1', why: '<u>why</u>' }),
    )
    const report = aLeak(growths, {
      reasons: [...hostile, '<img src=x onerror=alert(4)>'],
      moved: growths,
      paths: [{ vm: 'http', nodes }],
      runtime: { kind: 'local', description: '<script>alert(5)</script>', workers: [1] },
    })
    const { page, complaints } = await openPage(reportHtml(report, { title: '</title><script>alert(6)</script>' }))
    expect(await page.locator('.grown').first().textContent()).toBe(`registry${hostile[0]}[*]`)
    expect(await page.locator('.grown').nth(3).textContent()).toContain('a | b \\u001b[31mred\\u001b[0m ::error::x')
    for (const name of hostile) {
      await page.fill('input', name.slice(2, 40))
      await page.keyboard.press('Enter')
    }
    await page.locator('canvas').hover({ position: { x: 200, y: 1.5 * ROW } })
    expect(await page.locator('img, b, i:not(.swatch), u').count()).toBe(0)
    expect(await page.locator('script').count()).toBe(2)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(1400)
    expect(complaints).toEqual([])
  })

  test.each(['light', 'dark'] as const)('on a phone, %s, nothing is wider than the screen', async (colorScheme) => {
    const { page, complaints } = await openPage(LEAK, { colorScheme, viewport: { width: 400, height: 800 } })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400)
    expect(await page.evaluate(`document.querySelector('.scroll').scrollWidth`)).toBeLessThanOrEqual(400)
    expect(complaints).toEqual([])
  })

  test('50,000 paths are searched, zoomed and counted like ten', async () => {
    const { page, complaints } = await openPage(reportHtml(aReport({ paths: [bigHeap(50_000)] })))
    await page.fill('input', '.k49999')
    expect(await page.textContent('.status')).toBe('1 path matches: 539 B (+200 B), under 0.1 % of all')
    await page.keyboard.press('Enter')
    expect(await page.textContent('.details .path')).toMatch(/^registry\..*\.k49999$/)
    await page.getByRole('button', { name: 'Show all' }).click()
    expect(await page.textContent('.status')).toContain('1 path matches')
    expect(complaints).toEqual([])
  })

  test('it begins where the heap branches, and the way out leads to the roots', async () => {
    const { page } = await openPage(LEAK)
    expect(await page.textContent('.heaviest')).not.toContain(START.replace('.^foo', '.go'))
    const out = page.getByRole('button', { name: 'Show all' })
    await out.click()
    expect(await page.textContent('.status')).toBe('GC roots: 1.3 MB (+1 MB)')
    expect(await out.isDisabled()).toBe(true)
  })

  test('a flame graph has its root below, and a link opens it so', async () => {
    const { page, complaints } = await openPage(LEAK)
    const rows = () => page.evaluate(`document.querySelector('canvas').offsetHeight / ${ROW}`)
    const path = async (row: number) => {
      await page.locator('canvas').click({ position: { x: 30, y: (row + 0.5) * ROW } })
      return page.textContent('.details .path')
    }
    expect(await rows()).toBe(7)
    expect(await path(0)).toBe('GC roots')
    await page.getByRole('button', { name: 'Flame graph' }).click()
    expect(page.url()).toMatch(/#graph=flame$/)
    expect(await path(0)).toBe(PATH)
    await page.keyboard.press('Home')
    expect(await path(6)).toBe('GC roots')
    await page.keyboard.press('ArrowUp')
    expect(await page.textContent('.details .path')).toBe('registry')
    await page.keyboard.press('ArrowDown')
    expect(await page.textContent('.details .path')).toBe('GC roots')

    await page.reload()
    expect(await page.getByRole('button', { pressed: true }).allTextContents()).toContain('Flame graph')
    expect(await path(6)).toBe('GC roots')
    await page.getByRole('button', { name: 'Icicle' }).click()
    expect(page.url()).not.toContain('graph=')
    expect(complaints).toEqual([])
  })

  test('the pointer is told share, objects, type and source line', async () => {
    const { page } = await openPage(LEAK)
    await page.locator('canvas').hover({ position: { x: 30, y: 4.5 * ROW } })
    expect(await page.locator('.tip div').allTextContents()).toEqual([
      'registry._LOADED.demo.go',
      '1.3 MB (+1 MB), 99.9 % of all',
      '25,163 objects (+20,157)',
      'holds function',
      'defined at demo.lua:5',
    ])
  })

  test('of several VMs each path says whose it is', async () => {
    const [tree] = somePaths()
    const paths = ['http', 'stream'].map((vm) => ({ vm, nodes: tree!.nodes }))
    const { page } = await openPage(reportHtml(aLeak([aGrowth({ vm: 'stream' })], { paths })))
    await page.getByRole('button', { name: 'show in graph' }).click()
    expect(await page.textContent('.details .path')).toBe(`stream VM: ${PATH}`)
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.focus('canvas')
    await page.keyboard.press('ArrowDown')
    expect(await page.textContent('.details .path')).toBe('http VM')
  })

  test('matches within a match are counted once', async () => {
    const nodes: PathTreeNode[] = [
      { p: -1, s: 'registry', b: [0, 500], o: [0, 1] },
      { p: 0, s: '.cache', b: [0, 100], o: [0, 1] },
      { p: 1, s: '.cached', b: [0, 200], o: [0, 2] },
      { p: 0, s: '.cachet', b: [0, 200], o: [0, 3] },
    ]
    const { page } = await openPage(reportHtml(aReport({ paths: [{ vm: 'http', nodes }] })))
    await page.fill('input', 'cache')
    expect(await page.textContent('.status')).toBe('3 paths match: 500 B, 50 % of all')
    await page.getByRole('button', { name: 'Objects' }).click()
    expect(await page.textContent('.status')).toBe('3 paths match: 6 objects, 85.7 % of all')
  })

  test('what is too small to be drawn is one box with its subtotal, which a click and the keyboard open', async () => {
    const few = Array.from({ length: 200 }, (_, i) => ({
      p: 0,
      s: `.few${i}`,
      b: [0, 10] as const,
      o: [0, 1] as const,
    }))
    const nodes: PathTreeNode[] = [
      { p: -1, s: 'registry', b: [0, 0], o: [0, 1] },
      { p: 0, s: '.many', b: [0, 60_000], o: [0, 1] },
      { p: 0, s: '.more', b: [0, 38_000], o: [0, 1] },
      ...few,
    ]
    const { page } = await openPage(reportHtml(aReport({ paths: [{ vm: 'http', nodes }] })))
    const { width } = (await page.locator('canvas').boundingBox())!
    const fold = { position: { x: width - 10, y: 2.5 * ROW } }
    await page.locator('canvas').hover(fold)
    expect(await page.locator('.tip div').allTextContents()).toEqual([
      'registry(200 narrow paths)',
      '2 KB, 2 % of all',
      '200 objects',
      'a click opens them',
    ])
    await page.locator('canvas').click(fold)
    expect(await page.textContent('.heaviest li')).toMatch(/^10 Bregistry\.few\d+$/)
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.focus('canvas')
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key)
    expect(await page.textContent('.details .path')).toBe('registry(200 narrow paths)')
    await page.keyboard.press('ArrowDown')
    expect(await page.textContent('.details .path')).toMatch(/^registry\.few\d+$/)
  })

  test('a report without paths has no graph and no script error', async () => {
    const { page, complaints } = await openPage(reportHtml(aReport()))
    expect(await page.locator('#graph').count()).toBe(0)
    expect(await page.textContent('h1')).toContain('heap held')
    expect(complaints).toEqual([])
  })
})

/** A tree of so many paths, some ten levels deep. */
function bigHeap(count: number): PathTree {
  const nodes: PathTreeNode[] = [{ p: -1, s: 'registry', b: [0, 0], o: [0, 0] }]
  while (nodes.length < count) {
    const i = nodes.length
    nodes.push({ p: Math.floor((i - 1) / 3), s: `.k${i}`, b: [40 + (i % 700), 40 + (i % 900)], o: [1, 1], t: 'table' })
  }
  return { vm: 'http', nodes }
}
