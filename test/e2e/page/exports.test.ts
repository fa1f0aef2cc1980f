import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { folded } from '../../../plugin/report/export/folded.js'
import { heapSnapshot } from '../../../plugin/report/export/heapsnapshot.js'
import { speedscope } from '../../../plugin/report/export/speedscope.js'
import { aGrowth, aLeak, somePaths } from '../../unit/report/build.js'
import { noChromium, useChromium } from '../chromium.js'
import { aFolder } from '../resty-leak.js'

const LEAK = aLeak([aGrowth()], { paths: somePaths() })
const SPEEDSCOPE = join(createRequire(import.meta.url).resolve('speedscope/package.json'), '../dist/release')

test('the speedscope file is valid by its own schema', () => {
  const schema = JSON.parse(readFileSync(join(SPEEDSCOPE, 'file-format-schema.json'), 'utf8'))
  const validate = new Ajv({ strict: false }).compile(schema)
  validate(JSON.parse(speedscope(LEAK)))
  expect(validate.errors).toBeNull()
  expect(validate({ ...JSON.parse(speedscope(LEAK)), profiles: [{}] })).toBe(false)
})

describe.skipIf(noChromium)(`flame-graph tools${noChromium ? ` (skipped: ${noChromium})` : ''}`, () => {
  const openPage = useChromium()

  test.each([
    ['folded stacks', 'heap.folded', folded(LEAK)],
    ['the speedscope file', 'heap.speedscope.json', speedscope(LEAK)],
  ])('speedscope draws %s', async (_name, name, text) => {
    const folder = await aFolder({ [name]: text })
    // The application itself, as its package has it; a page from disk may not load its module scripts, hence no file URL.
    const { page } = await openPage('<title>empty</title>')
    await page.route('http://speedscope.test/**', async (route) => {
      const file = new URL(route.request().url()).pathname.slice(1) || 'index.html'
      await route.fulfill({ path: join(SPEEDSCOPE, file) })
    })
    await page.goto('http://speedscope.test/index.html')
    await page.locator('input[type=file]').setInputFiles(join(folder, name))
    await page.waitForFunction(
      '!document.querySelector("input[type=file]") && document.querySelectorAll("canvas").length > 0',
    )
    expect(await page.title()).toContain(name === 'heap.folded' ? 'heap.folded' : 'OpenResty heap')
  })
})

/** Where `npm install --ignore-scripts @memlab/core @memlab/heap-analysis` was run: its browser download is of no use here. */
const MEMLAB = process.env.MEMLAB_FOLDER

describe.skipIf(!MEMLAB)(`memlab${MEMLAB ? '' : ' (skipped: MEMLAB_FOLDER names no folder with it)'}`, () => {
  test('finds the leaking path in the V8 heap snapshot, with what its container retains', async () => {
    const folder = await aFolder()
    const file = join(folder, 'after.heapsnapshot')
    await writeFile(file, heapSnapshot(LEAK))
    const script = `
      const { getFullHeapFromFile } = require('@memlab/heap-analysis')
      getFullHeapFromFile(process.argv[1]).then((heap) => {
        const found = {}
        heap.nodes.forEach((node) => {
          const edge = node.referrers[0]
          if (edge) found[edge.name_or_index] = node.retainedSize
        })
        require('fs').writeFileSync(process.argv[2], JSON.stringify(found))
      })`
    const { run } = await import('../../../plugin/base/spawn.js')
    const out = join(folder, 'found.json')
    await run(process.execPath, ['-e', script, file, out], { cwd: MEMLAB! })
    const found = JSON.parse(await readFile(out, 'utf8')) as Record<string, number>
    const container = 262_256 + 1_056_720
    expect(Math.abs(found['.^foo']! - container) / container).toBeLessThan(0.01)
    expect(found['[*]']).toBe(1_056_720)
  })
})
