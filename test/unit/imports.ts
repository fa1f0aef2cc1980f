import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const PLUGIN = fileURLToPath(new URL('../../plugin', import.meta.url))

/** The rooms of plugin/ from the ground up: a room knows itself and rooms below it. */
export const FLOORS = [
  'types',
  'base',
  'conf',
  'heapwalk',
  'load',
  'verdict',
  'heap',
  'process',
  'budget',
  'report',
  'runtime',
  'analysis',
  'locate',
  'measure',
  'explore',
  'watch',
  'compare',
  'init',
  'forge',
  'vitest',
  'cli',
]

/** Rooms that only compute: the same input gives the same output, and nothing is read or written on the way. */
export const PURE = ['types', 'verdict', 'heap', 'process', 'budget', 'report', 'analysis']

/** Source files of the plugin, from its folder. What runs in the reader's browser is a program of its own. */
export const FILES = readdirSync(PLUGIN, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.startsWith('report/page/'),
)

const STATEMENT = /^(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?['"]([^'"]+)['"]|\bimport\(['"]([^'"]+)['"]\)/gm

const LATER = /^(?:import|export) type [^;]*? from ['"][^'"]+['"]|\bimport\(['"][^'"]+['"]\)/gm

export function textOf(file: string): string {
  return readFileSync(join(PLUGIN, file), 'utf8')
}

/** What a file imports: files of the plugin by their path in it, packages and built-in modules by name. Types count: they are knowledge, too. */
export function importsOf(file: string): string[] {
  return importsIn(file, textOf(file))
}

function importsIn(file: string, text: string): string[] {
  return [...text.matchAll(STATEMENT)].map(([, statement, dynamic]) => {
    const specifier = (statement ?? dynamic)!
    return specifier.startsWith('.')
      ? relative(PLUGIN, join(PLUGIN, dirname(file), specifier)).replace(/\.js$/, '.ts')
      : specifier
  })
}

/** What a file needs to be loaded: no types, and nothing that it imports later. */
export function neededBy(file: string): string[] {
  const later = new Set([...textOf(file).matchAll(LATER)].map(([statement]) => statement))
  const text = [...later].reduce((rest, statement) => rest.replaceAll(statement, ''), textOf(file))
  return importsIn(file, text)
}

export const roomOf = (file: string) => file.split('/')[0]!
