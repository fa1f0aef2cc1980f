import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const path = (file: string) => fileURLToPath(new URL(file, import.meta.url))
const WALKER = path('../../nginx/walker')
const STRICT = ['-std=c11', '-D_DEFAULT_SOURCE', '-Wall', '-Wextra', '-Werror', '-O1']
const SANITIZED = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all']

/**
 * Compiles a C program of this folder with files of the walker, under ASan and UBSan, and runs it.
 * @param program its name, without `.c`
 * @param parts files of nginx/walker, as `room/file` without `.c`
 * @param args what the program is given
 */
export function runProgram(program: string, parts: readonly string[], args: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), `${program}-`))
  try {
    const file = join(folder, program)
    const sources = [path(`${program}.c`), ...parts.map((part) => join(WALKER, `${part}.c`))]
    const compiled = spawnSync('cc', [...STRICT, ...SANITIZED, '-I', WALKER, '-o', file, ...sources, '-pthread'], {
      encoding: 'utf8',
    })
    if (compiled.status !== 0) throw new Error(`${program}.c does not compile: ${compiled.stderr}`)
    const { status, stdout, stderr } = spawnSync(file, [...args], { encoding: 'utf8' })
    return { status, stdout, stderr }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
