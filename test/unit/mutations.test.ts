import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { expect, test } from 'vitest'

test('each rule that test/mutations.mjs switches off is where its table says', async () => {
  const script = fileURLToPath(new URL('../mutations.mjs', import.meta.url))
  const { exitCode, stderr } = await execa(process.execPath, [script, '--check'], { reject: false })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
})
