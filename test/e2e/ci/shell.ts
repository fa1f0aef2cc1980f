import { spawn } from 'node:child_process'

/** A script as a runner hands it to a shell, which ends at the first command that fails. */
export async function bash(
  script: string,
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<{ readonly code: number | null; readonly text: string }> {
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: Buffer[] = []
  child.stdout.on('data', (data: Buffer) => said.push(data))
  child.stderr.on('data', (data: Buffer) => said.push(data))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, text: Buffer.concat(said).toString() }
}
