import type { AcceptedGrowth, Baseline, UpdatedEntry } from '../types/budget.js'

/** What turns one baseline into the other, entry by entry, in the order of their paths. */
export function updatedEntries(before: Baseline, after: Baseline): UpdatedEntry[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return paths.sort().map((path) => {
    const [accepted, accepts] = [before[path], after[path]]
    return { path, change: changeOf(accepted, accepts), ...(accepts && { accepts }), ...(accepted && { accepted }) }
  })
}

function changeOf(accepted: AcceptedGrowth | undefined, accepts: AcceptedGrowth | undefined): UpdatedEntry['change'] {
  if (accepted === undefined) return 'new'
  if (accepts === undefined) return 'removed'
  // An entry that still fits is taken over as it is.
  return accepted === accepts ? 'kept' : 'changed'
}
