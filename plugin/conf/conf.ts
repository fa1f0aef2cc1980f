import { luaBlockEnd } from './lua-block.js'

/** Half-open range of offsets into a conf's text. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** One word of a directive; `text` is its value, quotes and escapes resolved. */
export interface Word extends Span {
  readonly text: string
}

/** One directive; its span runs from its name to behind its `;` or `}`. */
export interface Directive extends Span {
  readonly name: string
  readonly args: readonly Word[]
  /** Line of the name, from 1. */
  readonly line: number
  /** What is between the braces; null for a simple directive. */
  readonly inner: Span | null
  /** Directives between the braces; empty for a simple directive and for Lua. */
  readonly body: readonly Directive[]
  readonly isLua: boolean
}

const SPACE = /\s/
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', "'": "'", '\\': '\\', t: '\t', r: '\r', n: '\n' }

function unescaped(raw: string): string {
  return raw.replace(/\\(["'\\trn])/g, (_, char: string) => ESCAPES[char]!)
}

function quotedWord(text: string, start: number): Word {
  const quote = text[start]
  let i = start + 1
  while (i < text.length && text[i] !== quote) i += text[i] === '\\' ? 2 : 1
  const close = Math.min(i, text.length)
  return { start, end: Math.min(close + 1, text.length), text: unescaped(text.slice(start + 1, close)) }
}

function plainWord(text: string, start: number): Word {
  let i = start
  while (i < text.length) {
    const char = text[i]!
    if (char === '\\') i += 2
    else if (char === '$' && text[i + 1] === '{') i += 2
    else if (char === ';' || char === '{' || SPACE.test(char)) break
    else i++
  }
  const end = Math.min(i, text.length)
  return { start, end, text: unescaped(text.slice(start, end)) }
}

function isLuaBlock(name: string): boolean {
  return name.endsWith('_by_lua_block')
}

/**
 * The directives of a conf with their spans, by the token rules of nginx's `ngx_conf_read_token` and, inside `*_by_lua_block`, Lua's.
 * Never throws: what is wrong is left for nginx itself to say, in its own words. A block that nothing closes ends with the text.
 */
export function parseConf(text: string): readonly Directive[] {
  let at = 0
  let line = 1
  let counted = 0

  function lineAt(offset: number): number {
    for (; counted < offset; counted++) if (text[counted] === '\n') line++
    return line
  }

  function skipBlank(): void {
    while (at < text.length) {
      if (text[at] === '#') {
        const newline = text.indexOf('\n', at)
        at = newline < 0 ? text.length : newline
      } else if (SPACE.test(text[at]!)) at++
      else return
    }
  }

  function readWords(): Word[] {
    const words: Word[] = []
    for (;;) {
      skipBlank()
      const char = text[at]
      // nginx takes a `}` for the end of a block only where no directive has begun
      if (char === undefined || char === ';' || char === '{' || (char === '}' && words.length === 0)) return words
      const word = char === '"' || char === "'" ? quotedWord(text, at) : plainWord(text, at)
      words.push(word)
      at = word.end
    }
  }

  function readBlock(): Directive[] {
    const directives: Directive[] = []
    for (;;) {
      const words = readWords()
      const terminator = text[at]
      const [name, ...args] = words
      if (terminator === undefined || (terminator === '}' && !name)) {
        if (name) directives.push(simple(name, args, at))
        return directives
      }
      at++
      if (!name) continue
      directives.push(terminator === ';' ? simple(name, args, at) : block(name, args))
    }
  }

  function simple(name: Word, args: Word[], end: number): Directive {
    return {
      name: name.text,
      args,
      line: lineAt(name.start),
      start: name.start,
      end,
      inner: null,
      body: [],
      isLua: false,
    }
  }

  function block(name: Word, args: Word[]): Directive {
    const start = at
    const isLua = isLuaBlock(name.text)
    const ownLine = lineAt(name.start)
    if (isLua) at = luaBlockEnd(text, at)
    const body = isLua ? [] : readBlock()
    const inner = { start, end: at }
    at = Math.min(at + 1, text.length)
    return { name: name.text, args, line: ownLine, start: name.start, end: at, inner, body, isLua }
  }

  const directives: Directive[] = []
  while (at < text.length) {
    directives.push(...readBlock())
    // a `}` that closes nothing: nginx will say so
    if (text[at] === '}') at++
  }
  return directives
}
