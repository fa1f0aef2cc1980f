import type { GrowthClass } from '../../types/growth.js'
import type { Finding } from '../../verdict/finding.js'
import { isExplained } from '../../verdict/proportion.js'
import type { Timeline } from '../../verdict/timeline.js'
import type { PathNode } from '../node.js'
import type { Track } from './diff.js'
import { type Classified, isGrowth } from './sites.js'

const HAVE_AN_END: readonly GrowthClass[] = ['bounded', 'plateau']

/**
 * Gives what a container holds the class of the container: where the entries or objects of a path levelled off, drained or are bounded,
 * whatever grew with them, in proportion and in the same rounds, did so for that reason alone.
 * @param entriesAt live entries that lead to a path, by moment
 */
export function classAsContainers(
  tracks: readonly Classified[],
  timeline: Timeline,
  entriesAt: (node: PathNode) => readonly number[],
): Classified[] {
  const counts = byPath(tracks.filter(({ metric, finding }) => isCounted(metric) && !isGrowth(finding.class)))
  return tracks.map((track) => {
    const container = isOpen(track)
      ? (ceilingOf(track, counts, entriesAt) ??
        containerThatExplains(track.site, track.values.sum, counts, timeline, track)?.finding)
      : undefined
    return container ? { ...track, finding: container } : track
  })
}

/** The nearest container at a path, or above it, whose entries or objects explain all of what grew with them: memory that its objects hold. */
export function containerOfPath(
  node: PathNode,
  values: readonly number[],
  tracks: readonly Classified[],
  timeline: Timeline,
): Classified | undefined {
  return containerThatExplains(node, values, byPath(tracks.filter(({ metric }) => isCounted(metric))), timeline)
}

/** What is called a growth, or undecided, on its own account. */
function isOpen({ metric, finding }: Classified): boolean {
  return metric !== 'slots' && (isGrowth(finding.class) || finding.class === 'slowing')
}

/** Whether a number counts things that hold others. Contents count none. */
function isCounted(metric: Track['metric']): boolean {
  return metric !== 'slots' && metric !== 'payload'
}

function byPath(tracks: readonly Classified[]): Map<PathNode, Classified[]> {
  const found = new Map<PathNode, Classified[]>()
  for (const track of tracks) found.set(track.site, [...(found.get(track.site) ?? []), track])
  return found
}

/**
 * What the entries of a path are, where these have an end, or stay as many as they were, and lead to each object there. An object that another
 * table has as well is found at one path alone: it comes to this one when the other lets it go, in any round or while nobody asks, and
 * never outgrows the entries.
 */
function ceilingOf(
  { site, metric, values }: Classified,
  counts: ReadonlyMap<PathNode, readonly Classified[]>,
  entriesAt: (node: PathNode) => readonly number[],
): Finding | undefined {
  if (!isCounted(metric) || metric === 'entries') return undefined
  const entries = entriesAt(site)
  if (!values.sum.every((objects, moment) => objects <= entries[moment]!)) return undefined
  if (entries.every((count) => count === entries[0])) {
    return { class: 'plateau', why: `in ${entries[0]} entries, as many as before` }
  }
  return (counts.get(site) ?? []).find(
    ({ metric: counted, finding }) => counted === 'entries' && HAVE_AN_END.includes(finding.class),
  )?.finding
}

/** The nearest container, at this path or above it, that explains all of a growth. Entries come first: they count what a container holds. */
function containerThatExplains(
  node: PathNode,
  values: readonly number[],
  counts: ReadonlyMap<PathNode, readonly Classified[]>,
  timeline: Timeline,
  itself?: Classified,
): Classified | undefined {
  for (let at: PathNode | null = node; at; at = at.parent) {
    const container = (counts.get(at) ?? [])
      .toSorted(entriesFirst)
      .find((count) => count !== itself && isExplained(values, count.values.sum, timeline))
    if (container) return container
  }
  return undefined
}

function entriesFirst(one: Track, other: Track): number {
  return Number(other.metric === 'entries') - Number(one.metric === 'entries')
}
