import { isExplained } from '../verdict/proportion.js'
import type { Timeline } from '../verdict/timeline.js'
import type { Track } from './diff.js'
import type { PathNode } from './node.js'
import { type Classified, isGrowth } from './sites.js'

/**
 * Gives what a container holds the class of the container: where the entries or objects of a path levelled off, drained or are bounded,
 * whatever grew with them, in proportion and in the same rounds, did so for that reason alone.
 */
export function classAsHolders(tracks: readonly Classified[], timeline: Timeline): Classified[] {
  const counts = new Map<PathNode, Classified[]>()
  for (const track of tracks) {
    if (isCount(track)) counts.set(track.site, [...(counts.get(track.site) ?? []), track])
  }
  return tracks.map((track) => {
    const holder = isOpen(track) ? holderOf(track, counts, timeline) : undefined
    return holder ? { ...track, finding: holder.finding } : track
  })
}

/** What is called a growth, or undecided, on its own account. */
function isOpen({ metric, finding }: Classified): boolean {
  return metric !== 'slots' && (isGrowth(finding.class) || finding.class === 'slowing')
}

/** Whether a track counts things that hold others. Contents count none. */
function isCount({ metric, finding }: Classified): boolean {
  return metric !== 'slots' && metric !== 'payload' && !isGrowth(finding.class)
}

/** The nearest container, at this path or above it, that explains all of a growth. Entries come first: they count what a container holds. */
function holderOf(
  track: Classified,
  counts: ReadonlyMap<PathNode, readonly Classified[]>,
  timeline: Timeline,
): Classified | undefined {
  for (let at: PathNode | null = track.site; at; at = at.parent) {
    const holder = (counts.get(at) ?? [])
      .toSorted(entriesFirst)
      .find((count) => count !== track && isExplained(track.values.sum, count.values.sum, timeline))
    if (holder) return holder
  }
  return undefined
}

function entriesFirst(one: Track, other: Track): number {
  return Number(other.metric === 'entries') - Number(one.metric === 'entries')
}
