import type { LeakReport } from '../types/report.js'

/**
 * The reports of a test travel in its `task.meta`, which Vitest's own JSON and blob reporters carry, so sharded runs merge.
 * The key is ours; Vitest's type of `meta` moved between its versions, hence plain objects here.
 */
const KEY = 'openrestyLeak'

/** Puts a report beside those that the test already has. `meta` must stay serialisable, so only the JSON of it goes in. */
export function addReport(meta: object, report: LeakReport): void {
  Object.assign(meta, { [KEY]: [...reportsOf(meta), JSON.parse(JSON.stringify(report)) as LeakReport] })
}

/** The reports of a test, in the order measured; none for a test that measured nothing. */
export function reportsOf(meta: object): readonly LeakReport[] {
  const reports: unknown = (meta as Readonly<Record<string, unknown>>)[KEY]
  return Array.isArray(reports) ? (reports as LeakReport[]) : []
}
