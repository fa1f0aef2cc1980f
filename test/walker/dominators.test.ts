import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const path = (file: string) => fileURLToPath(new URL(file, import.meta.url))

test('dominators and retained sizes agree with brute force on 20,000 random graphs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dominators-'))
  try {
    const program = join(folder, 'dominators')
    const sources = [path('dominators.c'), path('../../nginx/walker/paths/dominators.c')]
    const compiled = spawnSync(
      'cc',
      ['-std=c11', '-Wall', '-Wextra', '-Werror', '-O2', '-I', path('../../nginx/walker'), '-o', program, ...sources],
      {
        encoding: 'utf8',
      },
    )
    expect(compiled).toMatchObject({ status: 0, stderr: '' })
    const { status, stdout } = spawnSync(program, { encoding: 'utf8' })
    expect({ status, stdout }).toEqual({ status: 0, stdout: '20000 graphs agree\n' })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
