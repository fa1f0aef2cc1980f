import { relative } from 'node:path'
import { plural } from '../base/number.js'
import type { CiHost, ProjectPicture } from './picture.js'
import type { SortedRoutes } from './sorted-routes.js'

/** What kind of project this is, as its first line says it. @param from the working directory */
export function projectWords({ folder, packageJson, isTypeScript, vitest }: ProjectPicture, from: string): string {
  const where = relative(from, folder) || '.'
  const kind = packageJson ? (packageJson.isModule ? 'ES modules' : 'CommonJS') : 'no package.json'
  return `${where}: ${kind}, ${isTypeScript ? 'TypeScript' : 'JavaScript'}, ${vitest === undefined ? 'no Vitest' : `Vitest ${vitest}`}`
}

/** How the routes fared. @param asked whether they were; else the conf alone tells */
export function routesWords({ ready, needy, unreachable }: SortedRoutes, asked: boolean): string {
  const all = ready.length + needy.length + unreachable
  const parts = [
    `${ready.length} ${asked ? 'answer a GET' : 'likely answer a GET'}`,
    ...(needy.length > 0 ? [`${needy.length} ${needy.length === 1 ? 'needs' : 'need'} what cannot be guessed`] : []),
    ...(unreachable > 0 ? [`${unreachable} no client reaches`] : []),
  ]
  return `${plural(all, 'location')}: ${parts.join(', ')}`
}

/** Whose CI file is written, and why. */
export function ciWords(ci: CiHost | undefined, { ci: picture }: ProjectPicture): string {
  if (ci !== undefined) return ci === picture.host ? `${ci}: ${picture.why}` : ci
  const why = picture.host === undefined ? `${picture.why}; --ci github or --ci gitlab writes one` : '--ci none'
  return `no file: ${why}`
}
