import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** Folder of this package: the nearest above this code that has a package.json. How deep the code lies differs between source and build. */
const ROOT = folderWith('package.json', new URL('.', import.meta.url))

/** @param path of a file of this package, from its folder, with slashes */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(path, ROOT))
}

/** Version of this package, from its package.json. */
export async function packageVersion(): Promise<string> {
  return (JSON.parse(await readFile(packageFile('package.json'), 'utf8')) as { version: string }).version
}

function folderWith(name: string, folder: URL): URL {
  const above = new URL('..', folder)
  return existsSync(new URL(name, folder)) || above.href === folder.href ? folder : folderWith(name, above)
}
