import { count, percent, plural, size } from '../../base/number.js'
import { memoryParts } from '../../process/memory-parts.js'
import type { Snapshot } from '../../types/snapshot.js'
import { graphButton, section, table, text } from '../html/markup.js'
import { graphPlace } from '../html/page.js'
import type { Unusual } from '../rules/unusual.js'
import { coreLacks, ofWhat } from '../words/core-words.js'
import { millisText } from '../words/pause-words.js'
import { detailsHtml } from './details-html.js'
import { memoryTitle } from './live-html.js'
import { graphLabel, graphTrees, livePage, named, workersText } from './live-page.js'
import { mallocTable } from './memory-html.js'
import { partsHtml } from './parts-html.js'
import { unusual } from './unusual.js'
import { liveVerdict } from './verdict.js'

/** All that there is to say of the memory of some workers, as one self-contained page: the verdict first. */
export function workerHtml(snapshots: readonly Snapshot[]): string {
  const [first, ...others] = snapshots
  const title = first && others.length === 0 ? memoryTitle(first) : `Memory of ${workersText(snapshots)}`
  const heading = (name: string, { pid }: Snapshot) => (others.length === 0 ? name : `${name}: worker ${pid}`)
  return livePage(
    { title, lead: snapshots.map((one) => named([...liveVerdict(one), ...coreLacks(one)], one, snapshots)) },
    [
      ...snapshots.map((one) => section(heading('What is unusual, and what to do', one), unusualList(one, snapshots))),
      ...snapshots.map((one) => section(heading('Where the memory is', one), partsOf(one, snapshots))),
      section('The Lua heap by reference path', graphPlace({ hasDifference: false })),
      ...snapshots.map((one) => section(heading('malloc by who holds it', one), mallocTable(one))),
      ...snapshots.map((one) =>
        section(heading('What is free, and what strings, cdata, tables and code are', one), detailsHtml(one)),
      ),
      ...snapshots.map((one) => section(heading('The process', one), processFacts(one))),
    ],
    { trees: graphTrees(snapshots), labels: ['Now'] },
  )
}

function unusualList(snapshot: Snapshot, all: readonly Snapshot[]): string {
  const found = unusual(snapshot)
  if (found.length === 0) return ''
  return `<ul class="unusual">\n${found.map((one) => unusualItem(one, snapshot, all)).join('')}</ul>\n`
}

function unusualItem({ says, remedy, place }: Unusual, snapshot: Snapshot, all: readonly Snapshot[]): string {
  const show = place ? ` ${graphButton(graphLabel(place.vm, snapshot, all), place.path)}` : ''
  return `<li>${text(says)} ${text(remedy)}${show}</li>\n`
}

function partsOf(snapshot: Snapshot, all: readonly Snapshot[]): string {
  const { rows } = snapshot.process
  if (!rows) return '<p>A saved image does not say where the memory of its process is.</p>\n'
  const intro = `<p class="faint">Each part opens into what it consists of; the parts sum to it exactly, and all to ${size(snapshot.process.rss)}.</p>\n`
  return intro + partsHtml(memoryParts(snapshot), (vm) => graphLabel(vm, snapshot, all))
}

function processFacts(snapshot: Snapshot): string {
  const { takenAtMs, freeze, nginx, vms, timers, core } = snapshot
  const facts: [string, string][] = [
    ['read', `${new Date(takenAtMs).toISOString()}${ofWhat(snapshot)}`],
    ...(core ? [] : [['stood still for', millisText(freeze.pauseUs / 1000)] satisfies [string, string]]),
    ...vms.map(({ label, build, gcTotal, accounted }): [string, string] => [
      `${label} VM`,
      `${build}; ${size(gcTotal)}, ${accounted === gcTotal ? 'every byte' : percent(accounted / gcTotal)} accounted for`,
    ]),
    ...(nginx
      ? [
          [
            'nginx, all workers',
            `${plural(nginx.requests, 'request')} served, ${plural(nginx.accepted, 'connection')} accepted, ${count(nginx.active)} open`,
          ] satisfies [string, string],
        ]
      : []),
    ...(timers ? [['timers', `${count(timers.pending)} pending`] satisfies [string, string]] : []),
  ]
  return table(
    ['', ''],
    facts.map((row) => row.map(text)),
    [],
  )
}
