import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { run } from '../../../plugin/base/spawn.js'

test('the demo shows a leak caught and its mended twin passing', async () => {
  const cwd = fileURLToPath(new URL('../../..', import.meta.url))
  const { exitCode, stdout } = await run('npm', ['run', 'demo'], { cwd })
  expect(stdout).toContain('heap grew on 1 path: 1.00 object/request (36 B/request), in 7 of 7 rounds, 51,651 requests')
  expect(stdout).toContain('heap held: no sustained growth in 5 rounds, 20,157 requests')
  expect(stdout).toContain('demo: the leak was caught and the mended module passed.')
  expect(exitCode).toBe(0)
})
