import { existsSync, realpathSync } from 'node:fs'
import { relative } from 'node:path'
import type { Analysis } from '../../analysis/analysis.js'
import { leakReport } from '../../analysis/leak-report.js'
import { type Measurement, seenMoments } from '../../analysis/measurement.js'
import { pathHere } from '../../base/container-path.js'
import { repositoryPlace } from '../../base/repository-place.js'
import { sumOf } from '../../base/sum.js'
import { processPath } from '../../process/path.js'
import { BENCH_FORMAT, type BenchMemory, type BenchResult, type BenchTask } from '../../types/compare/result.js'
import type { Revision } from '../../types/identity.js'
import type { LeakReport } from '../../types/report.js'
import type { Runtime } from '../../types/runtime.js'
import type { Snapshot } from '../../types/snapshot.js'
import { environment } from '../environment.js'

/** What was measured of one server, besides its own measurement. */
export interface BenchParts extends Pick<BenchMemory, 'heap' | 'garbage'> {
  readonly revision: Revision | null
  readonly tasks: readonly BenchTask[]
}

/** All of it as it is stored and compared. */
export function benchResult(
  runtime: Pick<Runtime, 'description'>,
  analysis: Analysis,
  { revision, tasks, heap, garbage }: BenchParts,
): BenchResult {
  const report = leakReport(analysis, [])
  const folder = folderHere(analysis.measurement.runtime.prefix)
  const luajit = analysis.measurement.moments[0]?.snapshots[0]?.vms[0]?.build ?? null
  return {
    format: BENCH_FORMAT,
    takenAt: new Date().toISOString(),
    revision,
    environment: environment(runtime.description, luajit),
    tasks,
    memory: {
      verdict: report.verdict,
      reason: report.reasons[0] ?? '',
      sensitivity: report.sensitivity ?? null,
      kept: keptOf(report, folder),
      heap,
      garbage,
    },
  }
}

/** Snapshots from the end of the warm-up to that of the planned rounds: the steady state, and what moves in it. */
export function steadyMoments(measurement: Measurement): (readonly Snapshot[])[] {
  const steady = seenMoments(measurement).filter(({ kind }) => ['start', 'idle', 'planned'].includes(kind))
  return steady.map(({ snapshots }) => snapshots)
}

/** nginx's prefix from the folder in which the comparison began, past the link that a side runs behind; undefined outside of that. */
function folderHere(prefix: string | undefined): string | undefined {
  const here = prefix === undefined ? null : pathHere(prefix)
  if (here === null || !existsSync(here)) return undefined
  const folder = relative(realpathSync('.'), realpathSync(here))
  return folder.startsWith('..') ? undefined : folder
}

/** Growth on the Lua heap, and off it. */
function keptOf(
  { growths, process, requests: { rounds, confirm } }: LeakReport,
  folder: string | undefined,
): BenchMemory['kept'] {
  const requests = sumOf([...rounds, ...confirm])
  const onHeap = growths.map((growth) => {
    const { path, source, objectsPerRequest, bytesPerRequest, entriesPerRequest } = growth
    const place = repositoryPlace('', folder, growth)
    return { path, source, ...place, objectsPerRequest, bytesPerRequest, entriesPerRequest, requests }
  })
  const offHeap = process.growths.map((growth) => {
    const { bytesPerRequest } = growth
    const path = processPath(growth)
    const place = repositoryPlace('', folder, growth)
    return { path, source: null, ...place, objectsPerRequest: 0, bytesPerRequest, entriesPerRequest: 0, requests }
  })
  return [...onHeap, ...offHeap]
}
