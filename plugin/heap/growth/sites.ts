import type { GrowthClass } from '../../types/growth.js'
import type { Finding } from '../../verdict/finding.js'
import { IDLE } from '../../verdict/timeline.js'
import type { PathNode } from '../node.js'
import { isManyKeys, isStringKey } from '../path.js'
import type { HeapSeries, VmSeries } from '../series.js'
import type { Track } from './diff.js'

/** A track and what the verdict made of it. */
export interface Classified extends Track {
  readonly finding: Finding
}

/** A path that moved, with all that was seen to move there; the most telling track comes first. */
export interface Site {
  readonly vm: VmSeries
  readonly node: PathNode
  readonly tracks: readonly [Classified, ...Classified[]]
}

/** Growth that fails a run, as opposed to what merely moved. */
export function isGrowth(found: GrowthClass): boolean {
  return found === 'leak' || found === 'clock'
}

/** The sites that explain themselves: whatever grows below objects that grow in number is part of their growth. */
export function topmostSites(tracks: readonly Classified[]): Site[] {
  const sites = gather(tracks)
  const growing = keepTopmost(sites.filter(({ tracks }) => isGrowth(tracks[0].finding.class)))
  const placed = new Set(growing.map(({ node }) => node))
  const moved = sites.filter(({ node, tracks }) => !isGrowth(tracks[0].finding.class) && !hasAncestorIn(node, placed))
  const steps = moved.filter(isStep)
  const others = keepTopmost(moved.filter((site) => !isStep(site)))
  const told = new Set([...growing, ...others].map(({ node }) => node))
  return [...growing, ...others, ...steps.filter(({ node }) => !explainsSlots(node, told))]
}

function isStep({ tracks }: Site): boolean {
  return tracks[0].metric === 'slots'
}

/** Slots grow with what a table holds, and with the number of tables: where either is reported, its slots are reported with it. */
function explainsSlots(table: PathNode, told: ReadonlySet<PathNode>): boolean {
  return hasAncestorIn(table, told) || [...table.children.values()].some((child) => told.has(child))
}

/** Which site each path belongs to: the nearest one at or above it. Each object is in one growth at most. */
export function ownersOf(vm: VmSeries, sites: readonly Site[], series: HeapSeries): Map<PathNode, Site> {
  const bySite = new Map(sites.filter((site) => site.vm === vm).map((site) => [site.node, site]))
  const owners = new Map<PathNode, Site>()
  if (bySite.size === 0) return owners
  for (const node of vm.nodes) {
    const owner = bySite.get(node) ?? siteBeside(node, bySite, series) ?? (node.parent && owners.get(node.parent))
    if (owner) owners.set(node, owner)
  }
  return owners
}

/** Key objects, and string keys that came during the run, belong to the growth of the table's entries. */
function siteBeside(node: PathNode, sites: Map<PathNode, Site>, series: HeapSeries): Site | undefined {
  if (!node.parent) return undefined
  const { children } = node.parent
  if (isStringKey(node.step)) {
    const came = [0, IDLE].every((moment) => series.holdings(node, moment).length === 0)
    const all = children.get('{*}')
    return came && all ? sites.get(all) : undefined
  }
  if (node.step !== '.<keys>') return undefined
  for (const child of children.values()) {
    const site = child.step !== '[*]' && isManyKeys(child.step) ? sites.get(child) : undefined
    if (site) return site
  }
  return undefined
}

function gather(tracks: readonly Classified[]): Site[] {
  const byNode = new Map<PathNode, Classified[]>()
  for (const track of tracks) byNode.set(track.site, [...(byNode.get(track.site) ?? []), track])
  return [...byNode].map(([node, found]) => {
    const [first, ...rest] = relevant(found).sort(mostTelling)
    return { vm: first!.vm, node, tracks: [first!, ...rest] }
  })
}

/**
 * The tracks that decide the class of a path. Contents vary in size while their number settles: where entries or objects
 * moved as well, contents count only if they grow. Capacity counts where nothing else moved.
 */
function relevant(tracks: Classified[]): Classified[] {
  const contents = tracks.filter(({ metric }) => metric !== 'slots')
  if (contents.length === 0) return tracks
  const counted = contents.filter(({ metric }) => metric !== 'payload')
  if (counted.length === 0) return contents
  return contents.filter(({ metric, finding }) => metric !== 'payload' || isGrowth(finding.class))
}

function mostTelling(one: Classified, other: Classified): number {
  return severity(one) - severity(other) || metricRank(one) - metricRank(other) || total(other) - total(one)
}

function severity({ finding }: Classified): number {
  const rank = ['leak', 'clock', 'slowing'].indexOf(finding.class)
  return rank < 0 ? 3 : rank
}

function metricRank({ metric }: Classified): number {
  if (metric === 'entries') return 0
  return metric === 'payload' ? 2 : 1
}

function total({ values }: Classified): number {
  return values.sum.at(-1)! - values.sum[0]!
}

function keepTopmost(sites: readonly Site[]): Site[] {
  const multiplying = new Set(sites.filter(({ tracks }) => tracks.some(countsObjects)).map(({ node }) => node))
  return sites.filter(({ node }) => !hasAncestorIn(node, multiplying))
}

/** More objects explain more of what they hold; more entries or longer contents do not. */
function countsObjects({ metric }: Classified): boolean {
  return metric !== 'entries' && metric !== 'payload' && metric !== 'slots'
}

function hasAncestorIn(node: PathNode, nodes: ReadonlySet<PathNode>): boolean {
  for (let at = node; at.parent; at = at.parent) {
    if (nodes.has(at.parent)) return true
    if (
      at.step === '.<keys>' &&
      [...at.parent.children.values()].some((child) => isManyKeys(child.step) && nodes.has(child))
    ) {
      return true
    }
  }
  return false
}
