import { count, percent, plural, size } from '../../base/number.js'
import type { LeakReport } from '../../types/report.js'
import { thresholdRow, violationRow } from '../terminal/budget-text.js'
import { entryRow, updatesOf, updateTitle } from '../words/baseline.js'
import { loadMaker, loadUnit } from '../words/load-words.js'
import { reachWords } from '../words/seen.js'
import { watchWords } from '../words/watch-words.js'
import { table, text } from './markup.js'

/** Violated budgets and missed thresholds. */
export function violationTable({ violations }: LeakReport): string {
  const rows = violations.map((violation) =>
    violation.text === undefined ? violationRow(violation) : thresholdRow(violation),
  )
  // These rows are escaped for a terminal already; only the markup is left to do.
  return rows.length === 0
    ? ''
    : table(
        ['budget or threshold', ''],
        rows.map((row) => row.map(text)),
        [],
      )
}

/** What an update of a baseline accepted. */
export function updateTable(report: LeakReport): string {
  return updatesOf([report])
    .map((update) => {
      const title = `<p>${text(`${updateTitle([update])} (${update.section})`)}</p>`
      const rows = update.entries.map((entry) => entryRow(entry, update.per).map(text))
      return rows.length === 0 ? title : title + table(['', 'path', 'accepts'], rows, [])
    })
    .join('')
}

/** The load of the planned rounds. */
export function loadFacts({ load }: LeakReport): string {
  if (!load) return ''
  const { latencyUs: us, errors, statuses, failures } = load
  const unit = loadUnit(load)
  const failed = Object.entries({
    ...errors,
    'unexpected status': load.unexpected,
    'calls that threw': failures?.count ?? 0,
  }).filter(([, amount]) => amount > 0)
  const requests = Object.entries(load.byRequest ?? {})
  return definitions([
    ['load by', loadMaker(load)],
    [
      'completed',
      `${count(load.completed)} of ${plural(load.asked, unit)} in ${(load.durationMs / 1000).toFixed(2)} s`,
    ],
    [
      'rate',
      `${count(load.requestsPerSecond)} ${unit}s/s${load.bytesRead > 0 ? `, ${size(load.bytesRead)} read` : ''}`,
    ],
    ...(us === undefined
      ? []
      : [
          [
            'latency',
            `p50 ${millis(us.p50)}, p90 ${millis(us.p90)}, p99 ${millis(us.p99)}, p99.9 ${millis(us.p999)}, longest ${millis(us.max)}`,
          ] as const,
        ]),
    ...(Object.keys(statuses).length === 0
      ? []
      : [
          [
            'statuses',
            Object.entries(statuses)
              .map(([status, amount]) => `${status}: ${count(amount)}`)
              .join(', '),
          ] as const,
        ]),
    ['failures', failed.length === 0 ? 'none' : failed.map(([what, amount]) => `${what}: ${count(amount)}`).join(', ')],
    ...(requests.length > 1
      ? requests.map(
          ([name, { completed, latencyUs }]) =>
            [
              name,
              `${plural(completed, 'request')}, p50 ${millis(latencyUs.p50)}, p99 ${millis(latencyUs.p99)}`,
            ] as const,
        )
      : []),
  ])
}

/** What was run, and how far it can be believed. */
export function runFacts({ runtime, identity, requests, snapshots, sensitivity, per, watch }: LeakReport): string {
  const worst = Math.min(...snapshots.map(({ accounted }) => accounted))
  const pause = Math.max(...snapshots.map(({ pauseMs }) => pauseMs))
  return definitions([
    ...(identity ? identityFacts(identity) : []),
    ['server', `${runtime.description} (${runtime.kind})`],
    ['workers', runtime.workers.length === 0 ? 'none' : runtime.workers.join(', ')],
    watch
      ? ['watched', watchWords(watch).join(' ')]
      : [
          'rounds',
          `warm-up ${count(requests.warmup)}; planned ${requests.rounds.map(count).join(', ') || 'none'}; confirming ${requests.confirm.map(count).join(', ') || 'none needed'}`,
        ],
    ['counted by nginx', requests.counter === null ? 'no counter in this build' : plural(requests.counter, 'request')],
    ...(snapshots.length > 0
      ? [
          [
            'snapshots',
            `${snapshots.length}, ${percent(worst)} of gc.total accounted for, longest pause ${pause.toFixed(1)} ms`,
          ] as const,
        ]
      : []),
    ...(sensitivity ? [['would have shown', reachWords(sensitivity, per)] as const] : []),
  ])
}

/** When, of what, by what and where: what tells one report from another later. */
function identityFacts({
  takenAt,
  version,
  revision,
  machine,
  luajit,
}: NonNullable<LeakReport['identity']>): (readonly [name: string, value: string])[] {
  const changed = revision?.dirty ? ', with changes' : ''
  return [
    ['taken at', takenAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')],
    ...(revision
      ? [['revision', `${revision.ref ?? 'detached'} (${revision.commit.slice(0, 7)}${changed})`] as const]
      : []),
    ['machine', `${machine.os}, ${machine.cores} cores of ${machine.cpu}, Node ${machine.node}`],
    ...(luajit === null ? [] : [['LuaJIT', luajit] as const]),
    ['measured by', `vitest-openresty-leak ${version}`],
  ]
}

/** Reasons and notices, without those that stand with the growths. */
export function notes({ verdict, reasons, growths, process }: LeakReport): string {
  const said = verdict === 'leak' ? growths.length + process.growths.length : 1
  const left = reasons.slice(said)
  return left.length === 0
    ? ''
    : `<ul>${left.map((reason) => `<li>${text(reason.replaceAll('\n', ' '))}</li>`).join('')}</ul>`
}

function definitions(rows: readonly (readonly [name: string, value: string])[]): string {
  return `<dl>${rows.map(([name, value]) => `<dt>${text(name)}</dt><dd>${text(value)}</dd>`).join('')}</dl>`
}

function millis(microseconds: number): string {
  return `${(microseconds / 1000).toFixed(2)} ms`
}
