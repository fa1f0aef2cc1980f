import type { Directive } from '../conf/conf.js'
import { type ConfFile, type ConfTree, includePath } from '../conf/conf-tree.js'
import { glob, isGlob } from '../conf/glob.js'

/** A directive with what stands in it, includes put in their places. */
export interface Block {
  readonly name: string
  readonly args: readonly string[]
  readonly directive: Directive
  readonly file: ConfFile
  readonly body: readonly Block[]
}

/** Includes in includes beyond which nothing is followed: nginx itself stops where its files run out. */
const DEEPEST = 20

/** The conf as nginx reads it: a file that is included in two servers is in both. */
export function blocksOf(tree: ConfTree): readonly Block[] {
  const [main] = tree.files
  const byPath = new Map(tree.files.map((file) => [file.path, file]))

  function read(directives: readonly Directive[], file: ConfFile, depth: number): Block[] {
    return directives.flatMap((directive) => {
      const args = directive.args.map(({ text }) => text)
      if (directive.name === 'include' && !directive.inner) return depth < DEEPEST ? included(args[0] ?? '', depth) : []
      return [{ name: directive.name, args, directive, file, body: read(directive.body, file, depth) }]
    })
  }

  function included(argument: string, depth: number): Block[] {
    const path = includePath(main.path, argument)
    const paths = isGlob(path) ? glob(path, (folder) => namesIn(folder, byPath)) : [path]
    return paths.flatMap((each) => {
      const file = byPath.get(each)
      return file ? read(file.directives, file, depth + 1) : []
    })
  }

  return read(main.directives, main, 0)
}

/** Names in a folder, of the files that the conf was read from. */
function namesIn(folder: string, files: ReadonlyMap<string, ConfFile>): readonly string[] {
  const before = folder.endsWith('/') ? folder : `${folder}/`
  const below = [...files.keys()].filter((path) => path.startsWith(before))
  return [...new Set(below.map((path) => path.slice(before.length).split('/', 1)[0]!))]
}

/** The last of its kind in a block itself, as nginx takes it. */
export function directiveIn(body: readonly Block[], ...names: readonly string[]): Block | undefined {
  return body.findLast(({ name }) => names.includes(name))
}

/** The directive that holds at the end of these levels, outermost first: the innermost one. */
export function inherited(levels: readonly (readonly Block[])[], ...names: readonly string[]): Block | undefined {
  for (const body of levels.toReversed()) {
    const found = directiveIn(body, ...names)
    if (found) return found
  }
  return undefined
}
