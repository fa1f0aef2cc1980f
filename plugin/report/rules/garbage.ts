import { escaped } from '../../base/escape.js'
import { plural, size } from '../../base/number.js'
import { bytesOf } from '../../heap/tree/tally.js'
import { NOTABLE, type Rule } from './unusual.js'

/** Unreachable objects with finalizers that are more than a collection's usual work. */
const MANY_FINALIZERS = 1000

/** By default a heap grows to twice what lived before the collector begins: only more garbage than that is unusual. */
export const moreGarbage: Rule = ({ vms, process: { rss } }) =>
  vms.flatMap(({ label, reachable, garbage, gc }) => {
    const [live, dead] = [bytesOf(reachable), bytesOf(garbage)]
    if (dead <= live || dead < NOTABLE * rss) return []
    const begins = gc ? `: it begins at ${gc.pause} % of what was live` : ''
    return [
      {
        says: `The ${escaped(label)} VM has more garbage (${size(dead)}) than live data (${size(live)}).`,
        remedy: `No leak, if the collector runs${begins}. Where a heap must stay small, collectgarbage("setpause", 100) lets it begin sooner; code that has stopped it must start it again.`,
        vm: label,
      },
    ]
  })

export const manyFinalizers: Rule = ({ vms }) =>
  vms
    .filter(({ finalizable: [objects] }) => objects > MANY_FINALIZERS)
    .map(({ finalizable: [objects], label }) => ({
      says: `${plural(objects, 'unreachable object')} of the ${escaped(label)} VM have finalizers and may hold memory off the heap until a collection runs them.`,
      remedy: 'Free what they hold as soon as it is done with, and let the finalizer be for what was forgotten.',
      vm: label,
    }))
