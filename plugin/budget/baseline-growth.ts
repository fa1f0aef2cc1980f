import { processPath } from '../process/path.js'
import { UNIT } from '../process/units.js'
import type { ProcessGrowth } from '../types/report.js'
import type { BaselineGrowth } from './baseline.js'

/**
 * A growth off the Lua heap as a baseline sees it. What comes each second is counted in blocks or entries, or else KiB: how far a rate may be
 * off by chance goes by the number of events, and bytes are no events.
 */
export function toBaselineGrowth(growth: ProcessGrowth): BaselineGrowth {
  const { class: found, vm = 'http', bytesPerRequest, perSecond } = growth
  const { objectsPerRequest = 0, entriesPerRequest = 0 } = growth
  const events = objectsPerRequest || entriesPerRequest || bytesPerRequest / UNIT
  return {
    class: found,
    vm,
    path: processPath(growth),
    objectsPerRequest,
    entriesPerRequest,
    bytesPerRequest,
    ...(perSecond !== undefined && bytesPerRequest > 0 && { perSecond: (perSecond * events) / bytesPerRequest }),
  }
}
