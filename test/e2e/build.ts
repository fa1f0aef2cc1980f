import { fileURLToPath } from 'node:url'
import { run } from '../../plugin/base/spawn.js'

/** Compiles the package before its tests: what they start is dist, and it should be what the sources say. */
export default async function build(): Promise<void> {
  const cwd = fileURLToPath(new URL('../..', import.meta.url))
  const { exitCode, stdout, failure } = await run('npm', ['run', 'build:plugin'], { cwd })
  if (exitCode !== 0) throw new Error(`the package does not compile: ${failure ?? stdout}`)
}
