import { relative, resolve } from 'node:path'

/**
 * A path, relative to the working directory, from the root of the repository: where the runner of GitHub or GitLab has checked it
 * out; elsewhere from the working directory. Parts are joined by `/`; the root itself is an empty string.
 */
export function repositoryPath(path: string, env: Readonly<Record<string, string | undefined>>): string {
  const root = env.GITHUB_WORKSPACE ?? env.CI_PROJECT_DIR ?? '.'
  return relative(resolve(root), resolve(path)).replaceAll('\\', '/')
}
