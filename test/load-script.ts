import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A file with the hooks of a load, which is gone when the test ends. */
export async function loadScript(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'load-script-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'script.mjs')
  await writeFile(file, text)
  return file
}
