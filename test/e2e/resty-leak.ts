import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { LeakReport } from '../../plugin/types/report.js'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** A scenario's file, as a user would name it. */
export function scenario(path: string): string {
  return fileURLToPath(new URL(`../../scenarios/${path}`, import.meta.url))
}

/** A folder of a test's own, with these files in it; it goes when the test ends. */
export async function aFolder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'resty-leak-e2e-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

/** An nginx.conf with these locations, on a port that the runtime may change. */
export function confWith(locations: string, http = ''): string {
  return `events {}\nhttp {\n${http}\nserver {\nlisten 8080;\n${locations}\n}\n}\n`
}

export interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly err: string
  /** What `--json` wrote; undefined if it wrote nothing. */
  readonly report: LeakReport | undefined
  /** Files and folders that it left in its own TMPDIR. */
  readonly left: readonly string[]
  /** That TMPDIR. */
  readonly folder: string
}

/** Runs the compiled command to its end, with a TMPDIR of its own. `meanwhile` gets the running process. */
export async function restyLeak(
  args: readonly string[],
  options: {
    readonly meanwhile?: (child: ChildProcess, tmpdir: string) => Promise<void>
    readonly env?: Record<string, string>
    /** Default: this repository. */
    readonly cwd?: string
    /** False for a subcommand that writes no report. */
    readonly json?: boolean
  } = {},
): Promise<Outcome> {
  const folder = await aFolder({ 'tmp/.keep': '' })
  const TMPDIR = join(folder, 'tmp')
  const json = join(folder, 'report.json')
  const child = spawn(process.execPath, [MAIN, ...args, ...(options.json === false ? [] : ['--json', json])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...process.env, ...options.env, TMPDIR },
  })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (data: Buffer) => out.push(data))
  child.stderr.on('data', (data: Buffer) => err.push(data))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  await options.meanwhile?.(child, TMPDIR)
  return {
    code: await ended,
    out: Buffer.concat(out).toString(),
    err: Buffer.concat(err).toString(),
    report: await readFile(json, 'utf8').then(JSON.parse, () => undefined),
    left: (await readdir(TMPDIR)).filter((name) => name !== '.keep'),
    folder: TMPDIR,
  }
}

/** Pids of nginx processes whose command line names `text`. Their titles are `nginx: master process BINARY -p PREFIX ...`. */
export async function nginxNaming(text: string): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const title = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
    if (title.startsWith('nginx: ') && title.includes(text)) found.push(Number(name))
  }
  return found
}

/** The master of a worker, from /proc. */
export async function masterOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^PPid:\s+(\d+)$/m.exec(status)![1])
}

/** Waits until something is so. */
export async function until(is: () => Promise<boolean>): Promise<void> {
  while (!(await is())) await sleep(20)
}
