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

function resolveEscapes(raw: string): string {
  return raw.replace(/\\(["'\\trn])/g, (_, char: string) => ESCAPES[char]!)
}

function quotedWord(text: string, start: number): Word {
  const quote = text[start]
  let i = start + 1
  while (i < text.length && text[i] !== quote) i += text[i] === '\\' ? 2 : 1
  const close = Math.min(i, text.length)
  return { start, end: Math.min(close + 1, text.length), text: resolveEscapes(text.slice(start + 1, close)) }
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
  return { start, end, text: resolveEscapes(text.slice(start, end)) }
}

function isLuaBlock(name: string): boolean {
  return name.endsWith('_by_lua_block')
}

/**
 * The directives of a conf with their spans, by the token rules of nginx's `ngx_conf_read_token` and, inside `*_by_lua_block`, Lua's.
 * Never throws: what is wrong is left for nginx itself to say, in its own words. A block that nothing closes ends with the text.
 */
export function parseConf(text: string): readonly Directive[] {
  return new ConfReader(text).readAll()
}

/** A place in a conf's text that moves on with what is read. */
class ConfReader {
  readonly #text: string
  #at = 0
  /** The line that the first `counted` characters end on. */
  #line = 1
  #counted = 0

  constructor(text: string) {
    this.#text = text
  }

  readAll(): Directive[] {
    const directives: Directive[] = []
    while (this.#at < this.#text.length) {
      directives.push(...this.#readBlock())
      // a `}` that closes nothing: nginx will say so
      if (this.#text[this.#at] === '}') this.#at++
    }
    return directives
  }

  /** Directives up to the `}` of the block that they are in, or to the end of the text. */
  #readBlock(): Directive[] {
    const directives: Directive[] = []
    for (;;) {
      const [name, ...args] = this.#readWords()
      const terminator = this.#text[this.#at]
      if (terminator === undefined || (terminator === '}' && !name)) {
        if (name) directives.push(this.#simpleDirective(name, args, this.#at))
        return directives
      }
      this.#at++
      if (!name) continue
      directives.push(
        terminator === ';' ? this.#simpleDirective(name, args, this.#at) : this.#readBlockDirective(name, args),
      )
    }
  }

  #readWords(): Word[] {
    const words: Word[] = []
    for (;;) {
      this.#skipBlank()
      const char = this.#text[this.#at]
      // nginx takes a `}` for the end of a block only where no directive has begun
      if (char === undefined || char === ';' || char === '{' || (char === '}' && words.length === 0)) return words
      const word = char === '"' || char === "'" ? quotedWord(this.#text, this.#at) : plainWord(this.#text, this.#at)
      words.push(word)
      this.#at = word.end
    }
  }

  #skipBlank(): void {
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at]!
      if (char === '#') {
        const newline = this.#text.indexOf('\n', this.#at)
        this.#at = newline < 0 ? this.#text.length : newline
      } else if (SPACE.test(char)) this.#at++
      else return
    }
  }

  #simpleDirective(name: Word, args: Word[], end: number): Directive {
    const { text, start } = name
    return { name: text, args, line: this.#lineAt(start), start, end, inner: null, body: [], isLua: false }
  }

  /** What follows a `{`, to behind its `}`. */
  #readBlockDirective(name: Word, args: Word[]): Directive {
    const start = this.#at
    const isLua = isLuaBlock(name.text)
    const line = this.#lineAt(name.start)
    if (isLua) this.#at = luaBlockEnd(this.#text, this.#at)
    const body = isLua ? [] : this.#readBlock()
    const inner = { start, end: this.#at }
    this.#at = Math.min(this.#at + 1, this.#text.length)
    return { name: name.text, args, line, start: name.start, end: this.#at, inner, body, isLua }
  }

  /** Offsets are asked for in the order of the text. */
  #lineAt(offset: number): number {
    for (; this.#counted < offset; this.#counted++) if (this.#text[this.#counted] === '\n') this.#line++
    return this.#line
  }
}
