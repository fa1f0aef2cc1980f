import { escaped } from '../../base/escape.js'
import { percent, plural, size } from '../../base/number.js'
import { sumBy } from '../../base/sum.js'
import { isBelow, luaPath } from '../../heap/path-words.js'
import { bytesOf } from '../../heap/tree/tally.js'
import type { Snapshot } from '../../types/snapshot.js'
import { compiledCode } from '../rules/compiled-code.js'
import { emptySlots } from '../rules/empty-slots.js'
import { freeInLuajit, freeInMalloc } from '../rules/free-room.js'
import { fullZone } from '../rules/full-zone.js'
import { manyFinalizers, moreGarbage } from '../rules/garbage.js'
import { largeStrings } from '../rules/large-string.js'
import { lostMalloc } from '../rules/lost-malloc.js'
import { untold } from '../rules/untold.js'
import { NOTABLE, type Rule, type Unusual } from '../rules/unusual.js'
import type { Palette } from '../terminal/palette.js'
import { mainHolderOf, type VmPaths, vmPaths } from './vm-paths.js'

const mainPath: Rule = (snapshot) => vmPaths(snapshot).flatMap((paths) => mainPathOf(paths, snapshot))

/** What a report of one part of the memory looks for; the whole report for all, what concerns the Lua heap first. */
const RULES = {
  heap: [largeStrings, emptySlots, moreGarbage, manyFinalizers],
  memory: [moreGarbage, manyFinalizers, compiledCode, freeInLuajit, freeInMalloc, fullZone, lostMalloc, untold],
} as const satisfies Record<string, readonly Rule[]>

/** All that is out of the ordinary in the Lua heap, in where the memory of the process is, or in both. */
export function unusual(snapshot: Snapshot, part?: keyof typeof RULES): Unusual[] {
  const rules = part ? RULES[part] : [mainPath, ...new Set<Rule>([...RULES.heap, ...RULES.memory])]
  return rules.flatMap((rule) => rule(snapshot))
}

/** What was found, each with what to do below it; nothing where nothing was found. */
export function unusualLines(found: readonly Unusual[], paint: Palette): string[] {
  if (found.length === 0) return []
  const heading = paint.strong('What is unusual, and what to do')
  return [heading, ...found.flatMap(({ says, remedy }) => [`  ${says}`, `    ${remedy}`])]
}

function mainPathOf(paths: VmPaths, snapshot: Snapshot): Unusual[] {
  const { vm, rows } = paths
  const live = bytesOf(vm.reachable)
  const holder = mainHolderOf(paths)
  if (!holder || holder.all[1] < NOTABLE * snapshot.process.rss) return []
  const name = escaped(luaPath(holder.path))
  const below = rows.filter(({ path }) => isBelow(path, holder.path))
  const objects = sumBy([holder, ...below], (row) => row.objects[1])
  const watch = snapshot.core ? '' : ` One snapshot shows no growth: resty-leak watch -p ${snapshot.pid} does.`
  return [
    {
      says: `${percent(holder.all[1] / live)} of the reachable heap of the ${escaped(vm.label)} VM hangs on ${name}${holder.owner ? ` (${escaped(holder.owner)})` : ''}: ${size(holder.all[1])} in ${plural(objects, 'object')}.`,
      remedy: `Where it is a cache, give it a bound or an expiry; where it is a list, take out what is done with.${watch}`,
      vm: vm.label,
      place: { vm: vm.label, path: holder.path },
    },
  ]
}
