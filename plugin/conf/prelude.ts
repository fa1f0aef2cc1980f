import { isAbsolute, join } from 'node:path/posix'
import type { PreludePhase } from '../types/runtime.js'
import { type ConfTree, directivesOf, type Located } from './conf-tree.js'
import type { FileEdit } from './edit.js'

/** The file of the prelude, in the folder of our own that nginx reads. */
export const PRELUDE = 'prelude.lua'

/**
 * Lets each worker run a Lua file before its init_worker_by_lua: at the head of the user's own code, in a directive of ours where there
 * is none, once in http and once in stream, where they have Lua. No line moves, and chunks keep their names.
 * @param from  the first phase that runs it. The master runs it in init_by_lua where the user has one: without that it runs no Lua.
 */
export function preludeEdits(tree: ConfTree, prelude: string, from: PreludePhase = 'init_worker'): readonly FileEdit[] {
  const found = [...directivesOf(tree)]
  return ['http', 'stream'].flatMap((protocol) => {
    const block = found.find(({ directive, context }) => directive.name === protocol && context.length === 0)
    const within = found.filter(({ context }) => context[0]?.name === protocol)
    if (!block?.directive.inner || !within.some(({ directive }) => /_by_lua(?:_block|_file)?$/.test(directive.name)))
      return []
    const ownOf = (phase: PreludePhase) =>
      within.find(({ directive }) => new RegExp(`^${phase}_by_lua(?:_block|_file)?$`).test(directive.name))
    const init = from === 'init' ? ownOf('init') : undefined
    const worker = ownOf('init_worker')
    const { start } = block.directive.inner
    return [
      ...(init ? ownEdit(init, tree, prelude) : []),
      ...(worker
        ? ownEdit(worker, tree, prelude)
        : [{ file: block.file, start, end: start, text: ` init_worker_by_lua_block { ${call(prelude)} }` }]),
    ]
  })
}

/** A prelude that fails changes nothing for the user's own code. */
function call(prelude: string): string {
  return `pcall(dofile, [=[${prelude}]=]);`
}

function ownEdit({ directive, file }: Located, tree: ConfTree, prelude: string): readonly FileEdit[] {
  if (directive.inner) {
    const { start } = directive.inner
    return [{ file, start, end: start, text: ` ${call(prelude)}` }]
  }
  const [word] = directive.args
  if (!word) return []
  if (directive.name.endsWith('_by_lua_file')) {
    // ngx_lua reads it from the prefix, and names its chunk by the whole path
    const path = isAbsolute(word.text) ? word.text : join(tree.prefix, word.text)
    const name = directive.name.replace(/_file$/, '_block')
    const text = `${name} { ${call(prelude)} assert(loadfile([=[${path}]=]))() }`
    return [{ file, start: directive.start, end: directive.end, text }]
  }
  const isQuoted = /["']/.test(file.text[word.start]!)
  const at = isQuoted ? word.start + 1 : word.start
  return isQuoted ? [{ file, start: at, end: at, text: `${call(prelude)} ` }] : []
}
