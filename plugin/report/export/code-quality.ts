import type { Finding } from './findings.js'

/** One entry of GitLab's Code Quality report. */
export interface CodeQualityEntry {
  readonly description: string
  readonly check_name: string
  /** The same for the same leak in another commit, also where its line has moved: by it GitLab tells new ones from those of the target branch. */
  readonly fingerprint: string
  readonly severity: 'critical' | 'major'
  readonly location: { readonly path: string; readonly lines: { readonly begin: number } }
}

/**
 * Findings as GitLab's Code Quality report, each once. Those without a file in the repository are left out: an entry must have one.
 * @param digest makes a short text of a long one, such as a checksum
 */
export function codeQuality(findings: readonly Finding[], digest: (text: string) => string): CodeQualityEntry[] {
  const entries = findings.flatMap(({ file, line = 1, lines, kind, subject }) => {
    if (file === undefined) return []
    const entry: CodeQualityEntry = {
      description: lines.join('; '),
      check_name: `openresty-${kind}`,
      fingerprint: digest([kind, file, subject].join('\n')),
      severity: kind === 'leak' ? 'critical' : 'major',
      location: { path: file, lines: { begin: line } },
    }
    return [[entry.fingerprint, entry] as const]
  })
  return [...new Map([...entries].reverse()).values()].reverse()
}
