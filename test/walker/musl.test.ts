import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CProgram, compileProgram } from './c-program.js'

/** REQUIRE_LIBRARIES=1 lets the tests fail instead of skipping them where there is no compiler for musl. */
const isThere = spawnSync('musl-gcc', ['--version']).status === 0
if (!isThere && process.env.REQUIRE_LIBRARIES === '1')
  throw new Error('REQUIRE_LIBRARIES=1, and musl-gcc (musl-tools) is not installed')

const SOURCE = fileURLToPath(new URL('musl.c', import.meta.url))
const READER = [
  ...[
    'malloc/musl',
    'malloc/blocks',
    'malloc/roots',
    'malloc/holders',
    'malloc/pool',
    'image/claims',
    'image/copy',
    'image/image',
  ],
  ...['image/pages', 'image/reserve', 'image/zero-data', 'target/areas', 'target/maps', 'target/memory'],
  ...['target/process', 'base/json', 'base/line'],
  ...['target/pagemap', 'target/threads', 'target/core', 'target/core-notes', 'target/core-segments'],
  ...['base/addr-list', 'base/list', 'base/clock', 'base/error'],
]

const folder = mkdtempSync(join(tmpdir(), 'musl-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe.skipIf(!isThere)(isThere ? 'of musl' : 'of musl: skipped, musl-gcc is not installed', () => {
  let reader: CProgram
  beforeAll(() => {
    reader = compileProgram('musl', READER)
    return () => reader[Symbol.dispose]()
  })

  test.each([
    ['with the library of its own that all programs share', []],
    ['with the library built into it', ['-static']],
  ])('every block is where the program has it, and as large, %s', (_, options) => {
    const program = join(folder, `program${options.join('')}`)
    const { status, stderr } = spawnSync('musl-gcc', ['-O1', '-DPROGRAM', ...options, '-o', program, SOURCE], {
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(reader.run([program])).toEqual({
      status: 0,
      stdout: '3 rounds are as the program says\n',
      stderr: '',
    })
  })
})
