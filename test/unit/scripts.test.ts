import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Scripts that people start, from the repository's folder: benches, soaks and the like. */
const SCRIPTS = readdirSync(`${ROOT}/test`, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.mjs'))
  .map((file) => `test/${file}`)

test('what a script imports of the built plugin is made from a file of it, and nothing else of dist is imported', () => {
  const imports = SCRIPTS.flatMap((script) =>
    [...readFileSync(`${ROOT}/${script}`, 'utf8').matchAll(/['"](?:\.\.\/)+((?:build|dist)\/[^'"]+\.js)['"]/g)].map(
      ([, file]) => [script, file!] as const,
    ),
  )
  expect(imports.length).toBeGreaterThan(5)
  const leadsNowhere = ([, file]: readonly [string, string]) =>
    file !== 'dist/cli/main.js' && !existsSync(`${ROOT}/${file.replace(/^build\//, '').replace(/\.js$/, '.ts')}`)
  expect(imports.filter(leadsNowhere)).toEqual([])
})
