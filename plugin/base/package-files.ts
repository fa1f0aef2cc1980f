import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Folder of this package: the nearest above this code that has a package.json. How deep the code lies differs between source and build. */
const ROOT = folderWith('package.json', dirname(fileURLToPath(import.meta.url)))

/** @param path of a file of this package, from its folder */
export function packageFile(path: string): string {
  return join(ROOT, path)
}

/** Version of this package, from its package.json. */
export async function packageVersion(): Promise<string> {
  return (JSON.parse(await readFile(packageFile('package.json'), 'utf8')) as { version: string }).version
}

function folderWith(name: string, folder: string): string {
  return existsSync(join(folder, name)) || folder === dirname(folder) ? folder : folderWith(name, dirname(folder))
}
