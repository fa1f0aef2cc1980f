import { count, plural, rate, size, sizeGain, sizeRate } from '../../base/number.js'
import type {
  Comparison,
  HeapDifference,
  HeapPathDifference,
  KeptDifference,
  TimeDifference,
} from '../../types/compare/comparison.js'

/** One line of a comparison, the same in every form. */
export interface CompareRow {
  readonly group: 'kept' | 'heap' | 'garbage' | 'time'
  readonly what: string
  readonly base: string
  readonly head: string
  readonly change: string
  readonly call: string
  readonly tone: 'good' | 'bad' | 'unsure' | 'plain'
  /** Whether it says anything changed, or may have. */
  readonly changed: boolean
}

/** Everything that was compared: what is kept, the steady-state heap, garbage, times. Nothing is escaped. */
export function compareRows({ memory, times }: Comparison): CompareRow[] {
  if (!memory) return times.map(timeRow)
  const { kept, heap, garbage } = memory
  return [
    ...(kept.length > 0 ? kept.map(keptRow) : [row('kept', 'kept by each request', 'nothing', 'nothing')]),
    wholeHeapRow(heap),
    ...heap.paths.map(heapRow),
    ...(garbage ? [garbageRow(garbage)] : []),
    ...times.map(timeRow),
  ]
}

function row(group: CompareRow['group'], what: string, base: string, head: string): CompareRow {
  return { group, what, base, head, change: '', call: 'same', tone: 'plain', changed: false }
}

/** What is kept by each request at one path. */
export function keptRow({ path, source, call, ...rates }: KeptDifference): CompareRow {
  const words = (side: 'base' | 'head') => {
    const [objects, entries, bytes] = [rates.objectsPerRequest, rates.entriesPerRequest, rates.bytesPerRequest].map(
      (pair) => pair[side],
    ) as [number, number, number]
    if (objects === 0 && entries === 0 && bytes === 0) return 'nothing'
    const amount = objects > 0 ? `${objectWords(objects)}, ` : entries > 0 ? `${rate(entries)} entries, ` : ''
    return `${amount}${sizeRate(bytes)}/request`
  }
  const gained = rates.bytesPerRequest.head - rates.bytesPerRequest.base
  return {
    group: 'kept',
    what: `keeps ${path}${source ? `, ${source}` : ''}`,
    base: words('base'),
    head: words('head'),
    change: call === 'same' ? '' : `${gained > 0 ? '+' : ''}${sizeRate(gained)}/request`,
    call,
    tone: call === 'more' ? 'bad' : call === 'less' ? 'good' : 'plain',
    changed: call !== 'same',
  }
}

/** `1.00 object`, `0.33 objects` */
function objectWords(perRequest: number): string {
  const amount = rate(perRequest)
  return `${amount} ${amount === '1.00' ? 'object' : 'objects'}`
}

function heapRow({ path, objects, bytes }: HeapPathDifference): CompareRow {
  const words = (side: 'base' | 'head') =>
    objects[side] === 0 ? 'none' : `${count(objects[side])}, ${size(bytes[side])}`
  return {
    ...row('heap', `holds ${path}`, words('base'), words('head')),
    ...changeOf(bytes.head - bytes.base, true),
  }
}

function wholeHeapRow(heap: HeapDifference): CompareRow {
  const { bytes, paths, below, minimum } = heap
  const more = bytes.head - bytes.base
  const whole = {
    ...row('heap', 'heap after warm-up', size(bytes.base), size(bytes.head)),
    ...changeOf(more, paths.length > 0),
  }
  // The heaps differ, and at no path by enough: it is what was on its way up or down meanwhile.
  if (paths.length > 0 || Math.abs(more - below.bytes) < minimum) return whole
  return { ...whole, call: "can't tell: it still moves, a longer --warmup would", tone: 'unsure' }
}

function changeOf(bytes: number, called: boolean): Pick<CompareRow, 'change' | 'call' | 'changed'> {
  return {
    change: bytes === 0 ? '' : sizeGain(bytes),
    call: called && bytes !== 0 ? (bytes > 0 ? 'larger' : 'smaller') : 'same',
    changed: called,
  }
}

function garbageRow({ base, head }: NonNullable<NonNullable<Comparison['memory']>['garbage']>): CompareRow {
  const words = (side: typeof base) => `${objectWords(side.objectsPerRequest)}, ${sizeRate(side.bytesPerRequest)}`
  const gained = head.bytesPerRequest - base.bytesPerRequest
  return {
    ...row('garbage', 'garbage of each request', words(base), words(head)),
    change: gained === 0 ? '' : `${gained > 0 ? '+' : ''}${sizeRate(gained)}`,
    call: gained === 0 ? 'same' : gained > 0 ? 'more' : 'less',
    changed: gained !== 0,
  }
}

function timeRow({ task, metric, unit, base, head, ratio, interval, call, moreRounds }: TimeDifference): CompareRow {
  const value = (number: number) => (unit === 'us' ? microseconds(number) : `${count(number)}/s`)
  return {
    group: 'time',
    what: `${task} ${metric}`,
    base: value(base),
    head: value(head),
    change: `${percentChange(ratio)}${intervalWords(interval)}`,
    call: call === 'unsure' ? unsureWords(moreRounds) : call,
    tone: call === 'slower' ? 'bad' : call === 'faster' ? 'good' : call === 'unsure' ? 'unsure' : 'plain',
    changed: call === 'slower' || call === 'faster',
  }
}

/** ` (+8.1 % to +12.0 %)`; one that has no end says nothing. */
function intervalWords(interval: readonly [number, number]): string {
  if (!interval.every(Number.isFinite)) return ' (too few rounds for an interval)'
  return ` (${percentChange(interval[0])} to ${percentChange(interval[1])})`
}

/** More rounds than anybody would wait for are no advice: these take some minutes. */
export const MOST_ROUNDS = 200

function unsureWords(moreRounds = 0): string {
  return moreRounds > MOST_ROUNDS
    ? "can't tell: too noisy for any number of rounds"
    : `can't tell: about ${plural(moreRounds, 'more round')} would`
}

function microseconds(us: number): string {
  return us < 1000 ? `${Number(us.toPrecision(3))} us` : `${Number((us / 1000).toPrecision(3))} ms`
}

/** `1.1` -> `+10.0 %`. */
export function percentChange(ratio: number): string {
  if (!Number.isFinite(ratio)) return 'unknown'
  const percent = (ratio - 1) * 100
  const digits = Math.abs(percent) >= 100 ? 0 : 1
  return `${percent >= 0 ? '+' : ''}${percent.toFixed(digits)} %`
}
