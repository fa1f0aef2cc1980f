import { expect, test } from 'vitest'
import { apiPage } from '../../docs/reference/api.js'
import { commandsPage } from '../../docs/reference/commands.js'

// `npm run docs:reference` takes a change over: it is then part of the diff that a reviewer reads.
test('docs/api.md is what the types say', async () => {
  await expect(apiPage()).toMatchFileSnapshot('../../docs/api.md')
}, 30_000)

test('docs/commands.md is what the command prints', async () => {
  await expect(await commandsPage()).toMatchFileSnapshot('../../docs/commands.md')
})
