import { basename, dirname, resolve } from 'node:path/posix'
import { whyUnreadable } from '../base/missing-file.js'
import { RuntimeError } from '../base/runtime-error.js'
import { type Directive, parseConf } from './conf.js'
import { isGlob } from './glob.js'

/** One file of a configuration: the conf itself or something it includes. */
export interface ConfFile {
  /** Absolute path of the original. */
  readonly path: string
  /** Its text after `replace`. */
  readonly text: string
  readonly directives: readonly Directive[]
  /** Blocks around the place that includes it, outermost first; empty for the conf itself. */
  readonly context: readonly Directive[]
}

/** A configuration with everything it includes. */
export interface ConfTree {
  /** nginx's prefix (`-p`), absolute. */
  readonly prefix: string
  /** The conf itself comes first. */
  readonly files: readonly [ConfFile, ...ConfFile[]]
}

/** A directive, the file it is in and the blocks around it, outermost first, those of including files too. */
export interface Located {
  readonly directive: Directive
  readonly file: ConfFile
  readonly context: readonly Directive[]
}

/** Where a tree is read from; `read` throws where there is no file. */
export interface ConfSource {
  read(path: string): string
  glob(pattern: string): readonly string[]
}

/** nginx's prefix for a conf: its folder, or that folder's parent if it is named `conf`. */
export function defaultPrefix(conf: string): string {
  const folder = dirname(conf)
  return basename(folder) === 'conf' ? dirname(folder) : folder
}

/** Absolute path of an `include` argument; nginx resolves it against the folder of the main conf, whichever file it is in. */
export function includePath(mainConf: string, argument: string): string {
  return resolve(dirname(mainConf), argument)
}

/**
 * Reads a conf and what it includes. A file that is included twice is kept once, in its first place. An include that
 * cannot be read is left to nginx, which names it.
 * Throws RuntimeError `RUNTIME_CONF_MISSING` for the conf itself, `RUNTIME_CONF_REPLACE` for a replacement that matches nothing.
 */
export function readConfTree(
  conf: string,
  options: {
    readonly prefix?: string | undefined
    readonly replace?: readonly (readonly [from: string, to: string])[] | undefined
  },
  source: ConfSource,
): ConfTree {
  const replacements = new Replacements(options.replace ?? [])
  const files: ConfFile[] = []

  function add(path: string, context: readonly Directive[], original: string): void {
    const text = replacements.apply(original)
    const file: ConfFile = { path, text, directives: parseConf(text), context }
    files.push(file)
    for (const { directive, context: around } of within(file.directives, context)) {
      const argument = directive.name === 'include' && !directive.inner ? directive.args[0]?.text : undefined
      if (argument) include(includePath(conf, argument), around)
    }
  }

  function include(path: string, context: readonly Directive[]): void {
    for (const match of isGlob(path) ? source.glob(path) : [path]) {
      if (files.some((file) => file.path === match)) continue
      let text: string
      try {
        text = source.read(match)
      } catch {
        continue
      }
      add(match, context, text)
    }
  }

  add(conf, [], readMain(conf, source))
  replacements.refuseUnused(conf)
  return { prefix: options.prefix ?? defaultPrefix(conf), files: files as [ConfFile, ...ConfFile[]] }
}

/** Literal replacements, and which of them have not been found yet. */
class Replacements {
  readonly #all: readonly (readonly [from: string, to: string])[]
  readonly #unused: Set<readonly [from: string, to: string]>

  constructor(all: readonly (readonly [from: string, to: string])[]) {
    this.#all = all
    this.#unused = new Set(all)
  }

  apply(text: string): string {
    return this.#all.reduce((result, pair) => {
      const [from, to] = pair
      if (from === '' || !result.includes(from)) return result
      this.#unused.delete(pair)
      return result.replaceAll(from, () => to)
    }, text)
  }

  refuseUnused(conf: string): void {
    for (const [from] of this.#unused) {
      throw new RuntimeError(
        'RUNTIME_CONF_REPLACE',
        `replace: ${JSON.stringify(from)} occurs neither in ${conf} nor in what it includes. Write it exactly as it stands in the file, or remove the replacement.`,
      )
    }
  }
}

function readMain(conf: string, source: ConfSource): string {
  try {
    return source.read(conf)
  } catch (cause) {
    const message = `cannot read the nginx conf ${conf}: ${whyUnreadable(conf, cause)}`
    throw new RuntimeError('RUNTIME_CONF_MISSING', message, { cause })
  }
}

function* within(
  directives: readonly Directive[],
  context: readonly Directive[],
): Generator<{ directive: Directive; context: readonly Directive[] }> {
  for (const directive of directives) {
    yield { directive, context }
    yield* within(directive.body, [...context, directive])
  }
}

/** Every directive of a tree, file by file. */
export function* directivesOf(tree: ConfTree): Generator<Located> {
  for (const file of tree.files) {
    for (const found of within(file.directives, file.context)) yield { ...found, file }
  }
}
