import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const path = (file: string) => fileURLToPath(new URL(file, import.meta.url))
const WALKER = path('../../nginx/walker')
const STRICT = ['-std=c11', '-D_DEFAULT_SOURCE', '-Wall', '-Wextra', '-Werror', '-O1']
const SANITIZED = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all']

/** A compiled program; it goes when it is disposed of. */
export interface CProgram extends Disposable {
  /** Runs it to its end. */
  run(args?: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string }
}

/**
 * Compiles a C program of this folder with files of the walker, under ASan and UBSan.
 * @param program its name, without `.c`, after that of its folder where it has one
 * @param parts files of nginx/walker, as `room/file` without `.c`
 */
export function compileProgram(program: string, parts: readonly string[]): CProgram {
  const folder = mkdtempSync(join(tmpdir(), `${basename(program)}-`))
  const remove = () => rmSync(folder, { recursive: true })
  const file = join(folder, basename(program))
  const sources = [path(`${program}.c`), ...parts.map((part) => join(WALKER, `${part}.c`))]
  const compiled = spawnSync('cc', [...STRICT, ...SANITIZED, '-I', WALKER, '-o', file, ...sources, '-pthread'], {
    encoding: 'utf8',
  })
  if (compiled.status !== 0) {
    remove()
    throw new Error(`${program}.c does not compile: ${compiled.stderr}`)
  }
  return {
    run(args = []) {
      const { status, stdout, stderr } = spawnSync(file, [...args], { encoding: 'utf8' })
      return { status, stdout, stderr }
    },
    [Symbol.dispose]: remove,
  }
}

/** Compiles a program, and runs it once. */
export function runProgram(program: string, parts: readonly string[]) {
  using compiled = compileProgram(program, parts)
  return compiled.run()
}
