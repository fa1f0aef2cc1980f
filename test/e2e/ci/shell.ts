import { spawn } from 'node:child_process'

/** Runs a script as a runner does, in a shell that ends at the first command that fails. */
export type Shell = (
  script: string,
  given: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
) => Promise<{ readonly code: number | null; readonly text: string }>

/** `-c` and the script follow. */
export const BASH = ['bash', '--noprofile', '--norc', '-eo', 'pipefail'] as const

/** The shell of this machine, with this process's own environment below the given one. */
export const bash: Shell = (script, { cwd, env }) =>
  output([...BASH, '-c', script], { cwd, env: { ...process.env, ...env } })

/** Runs a command to its end; `text` is all that it printed, in its order. */
export async function output(
  [command = '', ...args]: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<{ readonly code: number | null; readonly text: string }> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const said: Buffer[] = []
  child.stdout.on('data', (data: Buffer) => said.push(data))
  child.stderr.on('data', (data: Buffer) => said.push(data))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, text: Buffer.concat(said).toString() }
}
