import type { PathNode } from '../node.js'
import type { Source } from '../source/source.js'

/** A function of the file that most functions of the module on this path are from; null where there is no module, or it has no Lua function. */
export function moduleFunction(node: PathNode): Source | null {
  let at: PathNode | null = node
  while (at && at.parent?.step !== '._LOADED') at = at.parent
  const functions = new Map<string, Source[]>()
  for (const { source } of at?.children.values() ?? []) {
    if (source) functions.set(fileOf(source), [...(functions.get(fileOf(source)) ?? []), source])
  }
  const [most] = [...functions].sort(
    ([oneFile, one], [otherFile, other]) => other.length - one.length || (oneFile < otherFile ? -1 : 1),
  )
  return most?.[1][0] ?? null
}

/** `app.lua` */
export function fileOf({ short }: Source): string {
  return short.replace(/:\d+$/, '')
}
