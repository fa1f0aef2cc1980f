import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { publicApi } from './public-api.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Declaration files of what package.json exports. */
function entries(): string[] {
  const { exports } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { exports: Record<string, unknown> }
  return Object.values(exports).flatMap((entry) => {
    const { types } = (typeof entry === 'object' ? entry : {}) as { types?: string }
    return types === undefined ? [] : [resolve(ROOT, types)]
  })
}

// `npx vitest run test/e2e/api.test.ts -u` takes a change over: it is then part of the diff that a reviewer reads.
test('the public API is what api.txt says', async () => {
  await expect(publicApi(entries())).toMatchFileSnapshot('../api.txt')
})
