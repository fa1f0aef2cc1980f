import { type Dirent, readdirSync } from 'node:fs'

/** What lies in a folder, by name; nothing of one that may not be read, such as what a container has left as root. */
export function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch {
    return []
  }
}
