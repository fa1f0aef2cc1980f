import type { PathNode } from './node.js'

/** The file that most functions of the module on this path are from; null where there is no module, or it has no Lua function. */
export function moduleFile(node: PathNode): string | null {
  let at: PathNode | null = node
  while (at && at.parent?.step !== '._LOADED') at = at.parent
  const functions = new Map<string, number>()
  for (const { source } of at?.children.values() ?? []) {
    const file = source?.replace(/:\d+$/, '')
    if (file) functions.set(file, (functions.get(file) ?? 0) + 1)
  }
  const [first] = [...functions].sort(
    ([oneFile, one], [otherFile, other]) => other - one || (oneFile < otherFile ? -1 : 1),
  )
  return first?.[0] ?? null
}
