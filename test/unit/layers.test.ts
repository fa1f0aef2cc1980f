import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FILES, FLOORS, importsOf, PURE, roomOf, textOf } from './imports.js'

/** Names of paths are computed, too. */
const COMPUTING_MODULES = ['node:path', 'node:path/posix', 'picocolors']

/** Files that lie flat in a room, at most. */
const MOST_FILES = 20

/** Everything that a file imports, directly or not. */
function reach(file: string, seen = new Set<string>()): Set<string> {
  for (const imported of importsOf(file)) {
    if (seen.has(imported)) continue
    seen.add(imported)
    if (FILES.includes(imported)) reach(imported, seen)
  }
  return seen
}

/** The package of a specifier; undefined for a file of the plugin and for Node's own modules. */
function packageOf(specifier: string): string | undefined {
  if (FILES.includes(specifier) || specifier.startsWith('node:')) return undefined
  return /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0]
}

/** Files, or folders of them, that know each other in a circle, also over others; one list for each circle. */
function circles(of: (file: string) => string): string[][] {
  const known = new Map<string, Set<string>>()
  for (const file of FILES) {
    const others = importsOf(file).filter((name) => FILES.includes(name))
    known.set(of(file), new Set([...(known.get(of(file)) ?? []), ...others.map(of)]))
  }
  const reachable = (from: string, seen = new Set<string>()): Set<string> => {
    for (const next of known.get(from) ?? []) {
      if (next === from || seen.has(next)) continue
      seen.add(next)
      reachable(next, seen)
    }
    return seen
  }
  const reached = new Map([...known.keys()].map((one) => [one, reachable(one)]))
  const inCircle = [...reached].filter(([one, others]) => others.has(one)).map(([one]) => one)
  const mates = inCircle.map((one) =>
    inCircle.filter((other) => reached.get(one)!.has(other) && reached.get(other)!.has(one)).sort(),
  )
  return [...new Map(mates.map((circle) => [circle.join(), circle])).values()]
}

test('the files and their imports are read as they are written', () => {
  expect(FILES).toContain('types/report.ts')
  expect(importsOf('report/terminal/palette.ts')).toEqual(['picocolors'])
  expect(importsOf('vitest/setup.ts')).toEqual([
    'vitest',
    'load/thresholds/thresholds.ts',
    'types/budget.ts',
    'types/report.ts',
    'vitest/attach-report.ts',
    'vitest/foreign-test.ts',
    'vitest/matchers.ts',
    'vitest/test-call.ts',
  ])
  const made = ['report/page-bundle.ts']
  const unknown = FILES.flatMap(importsOf).filter((name) => name.endsWith('.ts') && !FILES.includes(name))
  expect(unknown.filter((name) => !made.includes(name))).toEqual([])
})

test('each file lies in a room, and index.ts alone above them', () => {
  expect([...new Set(FILES.map(roomOf))].sort()).toEqual([...FLOORS, 'index.ts'].sort())
})

test.each(FLOORS)('%s knows the rooms below it', (room) => {
  const below = FLOORS.slice(0, FLOORS.indexOf(room) + 1)
  const known = FILES.filter((file) => roomOf(file) === room).flatMap((file) =>
    importsOf(file)
      .filter((name) => FILES.includes(name) && !below.includes(roomOf(name)))
      .map((name) => `${file} -> ${name}`),
  )
  expect(known).toEqual([])
})

test.each([
  ['folder', dirname],
  ['file', (file: string) => file],
])('no %s knows another that knows it, be it over others', (_what, of) => {
  expect(circles(of)).toEqual([])
})

test(`no folder has more than ${MOST_FILES} files`, () => {
  const folders = [...new Set(FILES.map((file) => dirname(file)))]
  const isFull = (folder: string) => FILES.filter((file) => dirname(file) === folder).length > MOST_FILES
  expect(folders.filter(isFull)).toEqual([])
})

describe('what only computes does no input or output, nor does anything it calls', () => {
  const pure = FILES.filter((file) => PURE.includes(roomOf(file)) || file === 'vitest/matchers.ts')
  test.each(pure)('%s', (file) => {
    const foreign = [...reach(file)].filter((name) => !FILES.includes(name) && !COMPUTING_MODULES.includes(name))
    expect(foreign).toEqual([])
  })
})

test('a third-party package is imported in one file; Vitest by its face, commander by the command line', () => {
  const importers = new Map<string, Set<string>>()
  for (const file of FILES) {
    for (const name of importsOf(file).map(packageOf)) {
      if (name !== undefined) importers.set(name, (importers.get(name) ?? new Set()).add(file))
    }
  }
  const { dependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const { vitest, commander, ...others } = Object.fromEntries(
    [...importers].map(([name, files]) => [name, [...files].sort()]),
  )
  expect(vitest!.filter((file) => !['vitest', 'index.ts'].includes(roomOf(file)))).toEqual([])
  expect(commander!.filter((file) => roomOf(file) !== 'cli')).toEqual([])
  for (const [name, files] of Object.entries(others)) {
    expect(dependencies, `${name}, imported by ${files}, is a dependency`).toHaveProperty(name)
    expect(files, `${name} is imported in one file`).toHaveLength(1)
  }
})

test('nothing is exported wholesale', () => {
  expect(FILES.filter((file) => /^export \*/m.test(textOf(file)))).toEqual([])
})
