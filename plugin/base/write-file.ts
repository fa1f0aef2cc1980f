import { rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * Writes a text so that a reader sees the old file or the whole new one, never a half. The folder must exist. Devices
 * and pipes are written as they are.
 */
export async function writeText(file: string, text: string): Promise<void> {
  const present = await stat(file).catch(() => undefined)
  if (present && !present.isFile()) return writeFile(file, text) // a rename would replace the device
  const part = join(dirname(file), `.${basename(file)}.${process.pid}.part`)
  try {
    await writeFile(part, text)
    await rename(part, file)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

/** Writes any JSON whole or not at all: see writeText. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  await writeText(file, `${JSON.stringify(value, null, 2)}\n`)
}
