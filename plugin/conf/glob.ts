import { readdirSync } from 'node:fs'
import { join } from 'node:path/posix'

const MAGIC = /[*?[]/

/** One path segment of glob(3) as a regular expression; `*` and `?` do not match a leading dot. */
function segmentPattern(segment: string): RegExp {
  const body = segment.replace(/\\(.)|\[(!?)([^\]]+)\]|[\s\S]/g, (token, escaped, negated, set) => {
    if (escaped) return escaped.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    if (set) return `[${negated ? '^' : ''}${set.replace(/[\\^]/g, '\\$&')}]`
    if (token === '*') return '.*'
    if (token === '?') return '.'
    return token.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${/^[*?[]/.test(segment) ? '(?!\\.)' : ''}${body}$`, 's')
}

/** Names in a folder of this machine. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    // as glob(3): a folder that is absent or unreadable matches nothing
    return []
  }
}

export function isGlob(path: string): boolean {
  return MAGIC.test(path)
}

/** Files that an absolute glob pattern matches, in glob(3)'s order (bytewise). `list` gives the names in a folder. */
export function glob(pattern: string, list = namesIn): readonly string[] {
  let found = ['/']
  for (const segment of pattern.split('/').filter(Boolean)) {
    if (!MAGIC.test(segment)) {
      found = found.map((folder) => join(folder, segment))
      continue
    }
    const matches = segmentPattern(segment)
    found = found.flatMap((folder) =>
      list(folder)
        .filter((name) => matches.test(name))
        .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        .map((name) => join(folder, name)),
    )
  }
  return found
}
