import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { nginxNaming } from './resty-leak.js'
import { aProject, vitest } from './vitest-project.js'

/** An example as a user has it after copying it; `basic` is the README's, whose test runs it. */
async function anExample(name: string): Promise<string> {
  const folder = await aProject({})
  await cp(fileURLToPath(new URL(`../../examples/${name}`, import.meta.url)), folder, { recursive: true })
  const config = join(folder, 'vitest.config.ts')
  await writeFile(config, (await readFile(config, 'utf8')).replace("'auto'", "'local'"))
  return folder
}

test('the example with projects passes beside its unit tests, and fails once it keeps each name that it makes', async () => {
  const folder = await anExample('projects')
  const clean = await vitest(folder)
  expect(clean.text).toContain('2 passed')
  expect({ code: clean.code, nginx: await nginxNaming(folder) }).toEqual({ code: 0, nginx: [] })

  const shop = join(folder, 'lua/shop.lua')
  const lua = await readFile(shop, 'utf8')
  await writeFile(
    shop,
    lua
      .replace('local carts =', 'local names = {}\nlocal carts =')
      .replace('        products:set', '        names[#names + 1] = product.name\n        products:set'),
  )
  const leaking = await vitest(folder)
  expect(leaking.text).toMatch(/GC roots => .* => \.shop => \.product => \^names/)
  expect(leaking.code).toBe(1)
})
