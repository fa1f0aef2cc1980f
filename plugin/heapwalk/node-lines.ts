import type { HeapNode } from '../types/snapshot.js'
import { Counterparts, NONE } from './counterparts.js'
import { LineParser, PARENT, restOf } from './line-parser.js'

/** The nodes of one VM as they were read, with the text that they were read from: a node a line, commas between them. */
export interface NodeLines {
  readonly text: string
  /** Where each line begins in the text, and behind the last of them where the next one would. */
  readonly starts: readonly number[]
  readonly nodes: readonly HeapNode[]
}

/** Thrown where the text is not written a node a line; it may be JSON all the same. */
export class NoNodeLines extends Error {}

/** As many lines are compared at once: many where few of them have changed. */
const BLOCKS = [64, 16, 4]
const COMMA = 44

/**
 * Reads the nodes that begin at `from`. A line that is written as one of `before` is that very node, and one that differs in its parent's
 * index alone shares the parts of that node; so what hardly changes is neither parsed nor kept twice.
 * @throws NoNodeLines where they are not written a node a line
 */
export function readNodeLines(text: string, from: number, before: NodeLines | undefined): NodeLines {
  return before && isSameText(text, from, before) ? before : new LineReader(text, from, before).read()
}

/** Whether the list goes on, and ends, as it did. */
function isSameText(text: string, from: number, before: NodeLines): boolean {
  const to = from + before.text.length
  return text[to] === ']' && text.slice(from, to) === before.text
}

class LineReader {
  readonly #text: string
  readonly #from: number
  readonly #before: NodeLines | undefined
  readonly #counterparts: Counterparts
  readonly #parser = new LineParser()
  readonly #nodes: HeapNode[] = []
  readonly #starts: number[] = []
  /** Where the next line begins. */
  #at: number
  /** The line before that is likely to be the next one's. */
  #likely = 0

  constructor(text: string, from: number, before: NodeLines | undefined) {
    this.#text = text
    this.#from = this.#at = from
    this.#before = before
    this.#counterparts = new Counterparts(before?.nodes ?? [])
  }

  read(): NodeLines {
    while (this.#text.startsWith(PARENT, this.#at)) {
      if (!BLOCKS.some((lines) => this.#takeBlock(lines)) && !this.#takeLine()) break
    }
    const to = this.#at
    if (this.#nodes.length === 0 || this.#text[to] !== ']') throw new NoNodeLines()
    return {
      text: this.#text.slice(this.#from, to),
      starts: [...this.#starts, to - this.#from + 2],
      nodes: this.#nodes,
    }
  }

  /** The next lines, where they are those of before: also their parents' indexes are the same. */
  #takeBlock(lines: number): boolean {
    const before = this.#before
    const first = this.#likely
    // the last line has no comma
    if (!before || first + lines >= before.nodes.length) return false
    const [from, to] = [before.starts[first]!, before.starts[first + lines]!]
    if (this.#text.slice(this.#at, this.#at + to - from) !== before.text.slice(from, to)) return false
    const shift = this.#at - this.#from - from
    const areInPlace = this.#counterparts.areInPlace && first === this.#nodes.length
    if (areInPlace) this.#counterparts.advance(lines)
    for (let line = first; line < first + lines; line++) {
      const node = before.nodes[line]!
      if (!areInPlace) this.#counterparts.next(node.p, node.s)
      this.#nodes.push(node)
      this.#starts.push(before.starts[line]! + shift)
    }
    this.#likely = first + lines
    this.#at += to - from
    return true
  }

  /** @returns false where it was the last one, whose end is the list's */
  #takeLine(): boolean {
    const newline = this.#text.indexOf('\n', this.#at)
    const isLast = newline < 0 || !this.#text.startsWith(PARENT, newline + 1)
    const to = isLast ? this.#endOfLast(newline) : newline - 1
    if (!isLast && this.#text.charCodeAt(to) !== COMMA) throw new NoNodeLines()
    this.#push(this.#known(to) ?? this.#parse(to), this.#at - this.#from)
    this.#at = isLast ? to : newline + 1
    return !isLast
  }

  /** The list is closed on the line of its last node, and the VM and the list of VMs may be as well. */
  #endOfLast(newline: number): number {
    const line = this.#text.slice(this.#at, newline < 0 ? this.#text.length : newline)
    const closing = /(?<=\})\](?:,|\},?|\}\],?)?$/.exec(line)
    if (!closing) throw new NoNodeLines()
    return this.#at + closing.index
  }

  #push(node: HeapNode, start: number): void {
    const found = this.#counterparts.next(node.p, node.s)
    if (found !== NONE) this.#likely = found + 1
    this.#nodes.push(node)
    this.#starts.push(start)
  }

  /** The node of the likely line, where that says the same but for its parent's index. */
  #known(to: number): HeapNode | undefined {
    const node = this.#before?.nodes[this.#likely]
    if (!this.#before || !node) return undefined
    const from = this.#before.starts[this.#likely]!
    const end = this.#before.starts[this.#likely + 1]! - 2
    const [rest, restBefore] = [restOf(this.#text, this.#at), restOf(this.#before.text, from)]
    if (to - rest !== end - restBefore) return undefined
    if (this.#text.slice(rest, to) !== this.#before.text.slice(restBefore, end)) return undefined
    const digits = this.#text.slice(this.#at + PARENT.length, rest)
    if (digits === this.#before.text.slice(from + PARENT.length, restBefore)) return node
    return /^[1-9]\d*$/.test(digits) ? { ...node, p: Number(digits) } : undefined
  }

  #parse(to: number): HeapNode {
    try {
      return this.#parser.parse(this.#text, this.#at, to)
    } catch (cause) {
      throw new NoNodeLines('', { cause })
    }
  }
}
