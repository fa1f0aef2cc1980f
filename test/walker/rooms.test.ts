import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const WALKER = fileURLToPath(new URL('../../nginx/walker', import.meta.url))
/** The rooms of the walker, each above those that it may know. */
const FLOORS = [
  ...['base', 'sizes', 'target', 'freeze', 'image', 'luajit', 'nginx', 'zones'],
  ...['paths', 'malloc', 'bulk', 'marker', 'footprint', 'snapshot'],
]
/** More than a newcomer takes in at one look. */
const MOST_FILES = 20
/** Not part of heapwalk: what checks it, and what is printed by a compiler. */
const BESIDE = ['build', 'fuzz', 'probe']

const rooms = readdirSync(WALKER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !BESIDE.includes(entry.name))
  .map(({ name }) => name)
const files = rooms.flatMap((room) => readdirSync(join(WALKER, room)).map((name) => `${room}/${name}`))
const textOf = (file: string) => readFileSync(join(WALKER, file), 'utf8')

test('every room of the walker has its floor', () => {
  expect(rooms.toSorted()).toEqual(FLOORS.toSorted())
})

test('a room of the walker includes only what lies below it', () => {
  const upward = files.flatMap((file) => {
    const floor = FLOORS.indexOf(file.split('/')[0]!)
    const included = [...textOf(file).matchAll(/^#include "(.+)"$/gm)].map(([, name]) => name!)
    return included
      .filter((name) => !name.includes('/') || FLOORS.indexOf(name.split('/')[0]!) > floor)
      .map((name) => `${file} includes ${name}`)
  })
  expect(upward).toEqual([])
})

test('no room of the walker is crowded', () => {
  const counts = rooms.map((room) => [room, files.filter((file) => file.startsWith(`${room}/`)).length] as const)
  expect(counts.filter(([, count]) => count > MOST_FILES)).toEqual([])
})

/** What the linker sees: functions and variables that a header declares, but for inline ones. */
function exportedBy(header: string): string[] {
  const text = textOf(header).replace(/\/\*[\s\S]*?\*\//g, '')
  const functions = text.matchAll(/^(?!static|typedef|return|#)[\w ]+[ *]+(\w+)\([^;{}]*\)[^;{}]*;/gm)
  const variables = text.matchAll(/^extern [^;(]*?(\w+)(?:\[\w*\])?[;,]/gm)
  return [...functions, ...variables].map(([, name]) => name!)
}

test('what a header of the walker offers begins with the noun that the header is named for', () => {
  const strangers = files
    .filter((file) => file.endsWith('.h'))
    .flatMap((header) => {
      const noun = basename(header, '.h').split('-')[0]!.replace(/s$/, '')
      return exportedBy(header)
        .filter((name) => !name.startsWith(noun))
        .map((name) => `${header} offers ${name}`)
    })
  expect(strangers).toEqual([])
})

/** Two headers of one noun would be two places to look for it. */
test('no two headers of the walker have one name', () => {
  const names = files.filter((file) => file.endsWith('.h')).map((file) => basename(file))
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
})
