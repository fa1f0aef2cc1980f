import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const PLUGIN = fileURLToPath(new URL('../../plugin', import.meta.url))

/** Source files of the plugin, from its folder. */
const FILES = readdirSync(PLUGIN, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

const STATEMENT = /^(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?['"]([^'"]+)['"]|\bimport\(['"]([^'"]+)['"]\)/gm

/** What a file imports: files of the plugin by their path in it, packages and built-in modules by name. Types count: they are knowledge, too. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(PLUGIN, file), 'utf8')
  return [...text.matchAll(STATEMENT)].map(([, statement, dynamic]) => {
    const specifier = (statement ?? dynamic)!
    return specifier.startsWith('.')
      ? relative(PLUGIN, join(PLUGIN, dirname(file), specifier)).replace(/\.js$/, '.ts')
      : specifier
  })
}

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

test('the layers are read as they are written', () => {
  expect(FILES).toContain('types/report.ts')
  expect(importsOf('report/palette.ts')).toEqual(['picocolors'])
  expect(importsOf('setup.ts')).toEqual(['vitest', 'load/thresholds.ts', 'matchers.ts', 'types/budget.ts'])
  expect(FILES.flatMap(importsOf).filter((name) => name.endsWith('.ts') && !FILES.includes(name))).toEqual([])
})

test('types know nothing but types', () => {
  const types = FILES.filter((file) => file.startsWith('types/'))
  expect(types.flatMap(importsOf).filter((name) => !types.includes(name))).toEqual([])
})

describe('what only computes does no input or output, nor does anything it calls', () => {
  const pure = FILES.filter(
    (file) =>
      (file.startsWith('heap/') && !file.startsWith('heap/walker')) ||
      file.startsWith('verdict/') ||
      file.startsWith('report/') ||
      file === 'matchers.ts',
  )
  test.each(pure)('%s', (file) => {
    const foreign = [...reach(file)].filter((name) => !FILES.includes(name) && name !== 'picocolors')
    expect(foreign).toEqual([])
  })
})

test('a third-party package is imported in one place', () => {
  const importers = new Map<string, Set<string>>()
  for (const file of FILES) {
    for (const name of importsOf(file).map(packageOf)) {
      if (name !== undefined) importers.set(name, (importers.get(name) ?? new Set()).add(file))
    }
  }
  const { dependencies } = JSON.parse(readFileSync(join(PLUGIN, '../package.json'), 'utf8'))
  const { vitest, commander, ...others } = Object.fromEntries(
    [...importers].map(([name, files]) => [name, [...files].sort()]),
  )
  expect(vitest).toEqual(['index.ts', 'reporter.ts', 'setup.ts', 'test.ts'])
  expect(commander?.filter((file) => !file.startsWith('cli/'))).toEqual([])
  for (const [name, files] of Object.entries(others)) {
    expect(dependencies, `${name}, imported by ${files}, is a dependency`).toHaveProperty(name)
    expect(files, `${name} is imported in one file`).toHaveLength(1)
  }
})

test('the parts know neither the steps of a measurement nor who asked for it', () => {
  const shared = ['nearest.ts', 'defined.ts', 'debug.ts', 'spawn.ts']
  const parts = /^(?:types|verdict|heap|load|runtime|process|bench|report)\//
  const known = FILES.filter((file) => parts.test(file)).flatMap((file) => importsOf(file))
  const above = known.filter((name) => FILES.includes(name) && !parts.test(name) && !shared.includes(name))
  expect(above).toEqual([])
})

test('nothing is exported wholesale', () => {
  expect(FILES.filter((file) => /^export \*/m.test(readFileSync(join(PLUGIN, file), 'utf8')))).toEqual([])
})
