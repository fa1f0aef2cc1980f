import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Repository } from '../../unit/compare/sides/repository.js'
import { aFolder, confWith } from '../resty-leak.js'

const PACKAGE = fileURLToPath(new URL('../../..', import.meta.url))

const CONF = confWith(
  'location = /t { content_by_lua_block { require("shop").visit() } }',
  'lua_package_path "$prefix/lua/?.lua;;";',
)

const SHOP = 'local visits = {}\nlocal M = {}\nfunction M.visit()\n    ngx.say("hello")\nend\nreturn M\n'

const FILES = {
  '.gitignore': 'node_modules\n.vitest\n',
  'gateway/package.json': '{ "type": "module" }',
  'gateway/nginx.conf': CONF,
  'gateway/lua/shop.lua': SHOP,
  'gateway/vitest.config.ts': `
import { defineConfig } from 'vitest/config'
import openrestyLeak from 'vitest-openresty-leak'
export default defineConfig({ plugins: [openrestyLeak({ runtime: 'local' })] })
`,
  'gateway/shop.leak.test.ts': `
import { expect, test } from 'vitest-openresty-leak/test'
test('GET /t keeps nothing', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  expect(await server.measure({ request: '/t', amount: 2000, warmup: 1000 })).toHoldHeap()
})
`,
}

/** Line 5 of lua/shop.lua is the one that adds. */
const LEAKING = { 'gateway/lua/shop.lua': SHOP.replace('end\n', '    visits[#visits + 1] = {}\nend\n') }

/** What a pull request changes of a gateway that holds. */
export const CHANGES = {
  'a leak': LEAKING,
  'no leak': { 'gateway/lua/shop.lua': SHOP.replace('hello', 'hello again') },
  'a conf that nginx rejects': { 'gateway/nginx.conf': CONF.replace('events', 'evnets') },
} as const

/** A repository with a branch `feature` of that change, as a forge has it. */
export async function aRepository(change: keyof typeof CHANGES): Promise<Repository> {
  const origin = await Repository.create(FILES)
  await origin.branch('feature', CHANGES[change])
  return origin
}

/** A folder whose `node_modules` has this package and Vitest, with their commands; what `npm ci` would have made. */
export async function installed(): Promise<string> {
  const folder = await aFolder()
  const modules = join(folder, 'node_modules')
  await mkdir(join(modules, '.bin'), { recursive: true })
  await symlink(PACKAGE, join(modules, 'vitest-openresty-leak'))
  await symlink(join(PACKAGE, 'node_modules/vitest'), join(modules, 'vitest'))
  const commands = { 'resty-leak': 'dist/cli/main.js', vitest: 'node_modules/vitest/vitest.mjs' }
  for (const [name, file] of Object.entries(commands)) {
    await writeFile(join(modules, '.bin', name), `#!/bin/sh\nexec node ${join(PACKAGE, file)} "$@"\n`, { mode: 0o755 })
  }
  return modules
}
