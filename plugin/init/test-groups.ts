import { plural } from '../base/number.js'
import type { RouteNeed, RouteServer } from '../conf/served-routes.js'
import type { NeedyRoute, RouteRequest, SortedRoutes } from './sorted-routes.js'

/** One test of the file. */
export interface TestGroup<T extends RouteRequest = RouteRequest> {
  readonly title: string
  readonly routes: readonly T[]
}

/** One that is skipped until somebody gives what it needs. */
export interface SkippedGroup extends TestGroup<NeedyRoute> {
  readonly need: RouteNeed | undefined
}

/** Requests of a test, at most: with more than a thousand for each of them a rate is as sharp as that of a single one. */
const MOST = 16
/** Parts of a path by which routes are told apart, at most. */
const DEEPEST = 4

/** Routes of one server whose paths begin alike are one test; those that stand alone share one. */
export function testGroups({ ready }: SortedRoutes): readonly TestGroup[] {
  const servers = [...new Set(ready.map(({ server }) => server))]
  return unique(
    servers.flatMap((server) =>
      parts(
        ready.filter((each) => each.server === server),
        0,
      ).map((routes) => ({
        title: `${servers.length === 1 ? '' : `${nameOf(server)}: `}${titleOf(routes)}`,
        routes,
      })),
    ),
  )
}

/** What is missing in the same way is one skipped test. */
export function skippedGroups({ needy }: SortedRoutes): readonly SkippedGroup[] {
  const needs = [...new Set(needy.map(({ need }) => need))]
  return unique(
    needs.flatMap((need) =>
      chunks(needy.filter((each) => each.need === need)).map((routes) => ({
        title: titleOf(routes),
        need,
        routes,
      })),
    ),
  )
}

function parts(routes: readonly RouteRequest[], depth: number): RouteRequest[][] {
  const bySegment = new Map<string, RouteRequest[]>()
  for (const each of routes) {
    const segment = segmentsOf(each)[depth] ?? ''
    bySegment.set(segment, [...(bySegment.get(segment) ?? []), each])
  }
  const alone = [...bySegment.values()].filter(({ length }) => length === 1).flat()
  const together = [...bySegment.values()].filter(({ length }) => length > 1)
  return [
    ...chunks(alone),
    ...together.flatMap((some) => (some.length > MOST && depth < DEEPEST ? parts(some, depth + 1) : chunks(some))),
  ]
}

function chunks<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / MOST) }, (_, n) => all.slice(n * MOST, (n + 1) * MOST))
}

/** Of the path that is asked: `/v1/users/{n}?a=b` is v1, users, {n}. */
function segmentsOf({ request: { path } }: RouteRequest): string[] {
  return path
    .replace(/^\w+:\/\/(?:unix:[^:]*:|[^/]*)/, '')
    .split('?', 1)[0]!
    .split('/')
    .filter(Boolean)
}

function nameOf({ names, listen }: RouteServer): string {
  return names[0] ?? `port ${listen[0]?.address ?? 'of nothing'}`
}

/** `/a/, /b/ keep nothing` */
function titleOf(routes: readonly RouteRequest[]): string {
  const shown = routes.slice(0, 3).map(({ route }) => route.location)
  const more = routes.length - shown.length
  const others = more === 0 ? '' : ` and ${plural(more, 'other')}`
  return `${shown.join(', ')}${others} ${routes.length === 1 ? 'keeps' : 'keep'} nothing`
}

/** Two tests of one title could not be told apart in a report. */
function unique<T extends TestGroup>(groups: readonly T[]): T[] {
  return groups.map((group, index) => {
    const before = groups.slice(0, index).filter(({ title }) => title === group.title).length
    return before === 0 ? group : { ...group, title: `${group.title} (${before + 1})` }
  })
}
