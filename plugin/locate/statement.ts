/** What opens and what closes: a statement that ends in one of them began where it was opened. */
const CLOSES: Readonly<Record<string, true>> = { '}': true, ')': true, ']': true, end: true }

interface Opened {
  readonly line: number
  /** A constructor, call or function that is part of an expression; blocks are statements of their own. */
  readonly isExpression: boolean
}

/**
 * The line on which the statement begins that ends on this one. Lua stores a table or a function that is written over several lines on its
 * last: `list[#list + 1] = {` ... `}` adds on the line of the brace.
 * @param lines  of the file, or of a chunk of a conf from the line on which it begins
 * @param line  in `lines`, from 1
 */
export function statementLine(lines: readonly string[], line: number): number {
  const text = lines.slice(0, line).join('\n')
  const open: Opened[] = []
  let began: Opened | undefined
  let isFirst = true
  let before = ''
  for (const { word, line: at } of words(text)) {
    if (at === line && isFirst) {
      isFirst = false
      if (!(word in CLOSES)) return line
    }
    if (word in CLOSES || word === 'until') {
      const closed = open.pop()
      if (at === line && closed) began = closed
    } else if (word === 'function') {
      open.push({ line: at, isExpression: /^(?:[=,({[]|return|and|or)$/.test(before) })
    } else if (OPENS.has(word)) {
      open.push({ line: at, isExpression: /^[({[]$/.test(word) })
    }
    before = word
  }
  return began?.isExpression ? began.line : line
}

/** `for` and `while` have their block behind `do`. */
const OPENS = new Set(['{', '(', '[', 'do', 'then', 'repeat'])
// elseif and else go on in the block of their if
const WORD =
  /--\[(=*)\[[\s\S]*?\]\1\]|--[^\n]*|\[(=*)\[[\s\S]*?\]\2\]|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|[A-Za-z_]\w*|\n|\S/g

function* words(text: string): Generator<{ readonly word: string; readonly line: number }> {
  let line = 1
  let isElse = false
  for (const { 0: word } of text.matchAll(WORD)) {
    const at = line
    if (word.includes('\n')) line += word.split('\n').length - 1
    if (word === '\n' || word.startsWith('--')) continue
    // the then of an elseif opens nothing new
    if (word === 'elseif') isElse = true
    if (word === 'then' && isElse) {
      isElse = false
      continue
    }
    yield { word, line: at }
  }
}
