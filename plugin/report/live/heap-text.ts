import { escaped } from '../../base/escape.js'
import { count, percent, plural, size } from '../../base/number.js'
import { sumBy } from '../../base/sum.js'
import { luaPath, prettyPath, splitElements } from '../../heap/path-words.js'
import type { PathRow } from '../../heap/tree/largest.js'
import { bytesOf } from '../../heap/tree/tally.js'
import type { Snapshot, VmSnapshot } from '../../types/snapshot.js'
import type { Unusual } from '../rules/unusual.js'
import { table } from '../terminal/columns.js'
import { type Palette, palette } from '../terminal/palette.js'
import { ANY_WIDTH, type TextOptions } from '../terminal/text-options.js'
import { wrapText } from '../terminal/wrap.js'
import { mayBeWords } from '../words/added.js'
import { filesMissing, memoryOwner, ofWhat } from '../words/core-words.js'
import { mallocText } from './malloc-text.js'
import { unusual, unusualLines } from './unusual.js'
import { mainHolderOf, type VmPaths, vmPaths } from './vm-paths.js'

export interface HeapTextOptions extends TextOptions {
  /** Paths shown per VM. Default 20. */
  readonly top?: number
}

/** One worker's Lua heap by reference path, the largest first, and what that means. No line end at the end. */
export function heapText(snapshot: Snapshot, options: HeapTextOptions = {}): string {
  const { colour = false, width = ANY_WIDTH } = options
  const heaps = vmPaths(snapshot).flatMap((paths) => {
    const verdict = heapVerdict(snapshot, paths).map((sentence) => `  ${sentence}`)
    const found = unusualLines(unusualOf(snapshot, paths), palette(colour))
    return [
      [...vmLines(snapshot, paths, options), '', ...holderSteps(paths), ...verdict].join('\n'),
      ...(found.length > 0 ? [found.join('\n')] : []),
    ]
  })
  const malloc = mallocText(snapshot, undefined, width)
  const missing = filesMissing(snapshot).map((sentence) => `  Note: ${escaped(sentence)}`)
  const sections = [...heaps, malloc.join('\n'), missing.join('\n')].filter((part) => part !== '')
  return wrapText(sections.join('\n\n'), width)
}

/** One VM's heap by reference path, without what it means. */
export function vmLines(
  snapshot: Snapshot,
  { vm, rows }: VmPaths,
  { top = 20, colour = false, width = ANY_WIDTH }: HeapTextOptions,
): string[] {
  const paint = palette(colour)
  return [
    paint.strong(
      `worker ${snapshot.pid}${ofWhat(snapshot)}, VM ${vm.label}: ${size(vm.gcTotal)} of Lua heap, exact to the byte`,
    ),
    `  ${parts(vm)}`,
    '',
    ...pathTable(rows, bytesOf(vm.reachable), { top, paint, width }),
    ...withoutRetained(vm),
  ]
}

/** Retained bytes were asked for where they are cheap, and here they are not. */
function withoutRetained({ retained, reachable }: VmSnapshot): string[] {
  if (retained !== false) return []
  const objects = sumBy(Object.values(reachable), ([each]) => each)
  return [`  Retained bytes are left out, for ${plural(objects, 'object')} they take a while: --retained finds them.`]
}

function parts({ reachable, garbage, gcTotal }: VmSnapshot): string {
  const [live, dead] = [bytesOf(reachable), bytesOf(garbage)]
  return `${size(live)} reachable, ${size(dead)} garbage, ${size(gcTotal - live - dead)} string table, pinned strings and internals`
}

function pathTable(
  rows: readonly PathRow[],
  reachable: number,
  { top, paint, width }: { readonly top: number; readonly paint: Palette; readonly width: number },
): string[] {
  const retained = rows.some((row) => row.retained !== undefined)
  const withFreed = rows.some(({ freed }) => freed !== undefined)
  const withMalloc = rows.some(({ allMalloc }) => allMalloc[1] > 0)
  const rank = (row: PathRow) => (retained ? (row.retained ?? 0) + (row.freed ?? 0) : row.own[1])
  const shown = rows
    .filter((row) => rank(row) > 0)
    .sort((one, other) => rank(other) - rank(one))
    .slice(0, top)
  const head = [
    'own',
    'share',
    'with below',
    ...(retained ? ['retained'] : []),
    ...(withFreed ? ['freed in C'] : []),
    ...(withMalloc ? ['malloc'] : []),
    'objects',
    'types',
    'path',
  ]
  const cells = shown.map((row) => [
    size(row.own[1]),
    percent(row.own[1] / Math.max(1, reachable)),
    size(row.all[1]),
    ...(retained ? [size(row.retained ?? 0)] : []),
    ...(withFreed ? [row.freed === undefined ? '' : size(row.freed)] : []),
    ...(withMalloc ? [row.allMalloc[1] > 0 ? size(row.allMalloc[1]) : ''] : []),
    count(row.objects[1]),
    row.types,
    [row.path, row.owner, row.cdata].flatMap((part) => (part ? escaped(part) : [])).join('  '),
  ])
  const [first = [], ...lines] = table([head, ...cells], [2], width - 2)
  const left = rows.filter((row) => rank(row) > 0).length - shown.length
  return [
    ...first.map((line) => `  ${paint.faint(line)}`),
    ...lines.flat().map((line) => `  ${line}`),
    ...(left > 0 ? [`  and ${plural(left, 'smaller path')}`] : []),
  ]
}

/** What one VM's heap comes to in plain words, each sentence with its figures: who holds most of it, what is unusual and what to do. Escaped. */
export function heapConclusion(snapshot: Snapshot, paths: VmPaths): string[] {
  const found = unusualOf(snapshot, paths).map(({ says, remedy }) => `${says} ${remedy}`)
  return [...heapVerdict(snapshot, paths), ...found]
}

function unusualOf(snapshot: Snapshot, { vm }: VmPaths): Unusual[] {
  return unusual(snapshot, 'heap').filter((one) => one.vm === vm.label)
}

/** Who holds most of a VM's heap, and how much of the memory that is. Escaped. */
export function heapVerdict(snapshot: Snapshot, paths: VmPaths): string[] {
  const { process } = snapshot
  const { vm, lines } = paths
  const live = bytesOf(vm.reachable)
  const holder = mainHolderOf(paths)
  const may = holder && mayBeWords({ mayBeAddedAt: lines.get(holder.path) ?? [] })
  return [
    `The Lua heap is ${percent(vm.gcTotal / Math.max(1, process.rss))} of ${memoryOwner(snapshot)} (${size(process.rss)}).`,
    holder
      ? `${percent(holder.all[1] / live)} of what is reachable hangs on ${where(holder)}: ${size(holder.all[1])}.`
      : 'No single path holds more than half of it.',
    ...(may === undefined ? [] : [escaped(may)]),
  ]
}

/** The steps down to what holds most of the heap, if one path does: `GC roots => registry => ._LOADED => .demo => .go => ^foo`. */
export function holderSteps(paths: VmPaths): string[] {
  const holder = mainHolderOf(paths)
  return holder ? [`  ${escaped(prettyPath(holder.path))}`] : []
}

function where({ path, owner }: PathRow): string {
  const [container] = splitElements(path)
  return escaped(`${luaPath(container)}${owner ? ` (${owner})` : ''}`)
}
