import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nginxNaming, scenario } from '../resty-leak.js'
import { aProject, vitest } from '../vitest-project.js'

const README = await readFile(new URL('../../../README.md', import.meta.url), 'utf8')

/** The block after the comment that names its file, or after these words. */
function block(after: string): string {
  const [, text] = README.slice(README.indexOf(after)).match(/```\w*\n(.*?)\n```/s) ?? []
  if (text === undefined) throw new Error(`README.md has no block after ${after}`)
  return text
}

test('the README’s example is caught with the README’s report, and passes once mended', async () => {
  const folder = await aProject({
    'vitest.config.ts': block('<!-- vitest.config.ts -->').replace("'auto'", "'local'"),
    'demo.leak.test.ts': block('<!-- demo.leak.test.ts -->'),
    'nginx.conf': block('<!-- nginx.conf -->'),
    'lua/demo.lua': block('With this `lua/demo.lua`'),
  })
  const leaking = await vitest(folder)
  expect(leaking.text).toContain(block('the test fails with'))
  expect(leaking.code).toBe(1)

  await cp(scenario('module-table-fixed/lua/demo.lua'), join(folder, 'lua/demo.lua'))
  const mended = await vitest(folder)
  expect(mended.text).toContain('1 passed')
  expect({ code: mended.code, nginx: await nginxNaming(folder) }).toEqual({ code: 0, nginx: [] })
})
