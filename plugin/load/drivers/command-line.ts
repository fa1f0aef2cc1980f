import { parse } from 'shell-quote'
import type { CommandLine, WordPart } from '../../types/driver.js'
import { LoadError } from '../error.js'

/** What is filled in for a command, beside its environment: `PORT_8081` is where port 8081 of the conf is published. */
const VARIABLE = /^(?:URL|ROUND|AMOUNT|PORT_\d+)$/
/** Ours in words that are given one by one, where any other `$` is the command's own. */
const WRITTEN = /\$(?:\{(URL|ROUND|AMOUNT|PORT_\d+)\}|(URL|ROUND|AMOUNT|PORT_\d+)\b)/g

/**
 * A command as users write it, ready to be filled in: a text is split into words as a shell would, with its quotes, and any `$NAME` in it must be
 * known; words that are given one by one are taken as they are, but for our variables.
 * @throws LoadError `LOAD_BAD_PLAN` for no command, for what only a shell can do, or for an unknown variable
 */
export function parseCommand(
  given: string | readonly string[],
  shell: boolean,
  env: NodeJS.ProcessEnv = process.env,
): { readonly command: CommandLine; readonly text: string } {
  const text = typeof given === 'string' ? given.trim() : given.map(quoted).join(' ')
  if (typeof given !== 'string' && shell) {
    throw bad(
      'a shell takes the command as one text, not as a list of words',
      'write it as one text, or leave the shell out',
    )
  }
  if (shell && text !== '') return { command: { shell: true, line: text }, text }
  const words = typeof given === 'string' ? wordsOf(given, env) : given.map(partsOf)
  const [program] = words
  if (program === undefined || program.join('') === '')
    throw bad('the command is empty', 'write one such as \'wrk -d2s "$URL/t"\'')
  return { command: { shell: false, words }, text }
}

/** The words with their variables filled in. */
export function fillWords(words: readonly (readonly WordPart[])[], values: Readonly<Record<string, string>>): string[] {
  return words.map((parts) =>
    parts.map((part) => (typeof part === 'string' ? part : (values[part.variable] ?? ''))).join(''),
  )
}

/** The variables that a command names. */
export function variablesOf(command: CommandLine): Set<string> {
  if (command.shell) return new Set([...command.line.matchAll(WRITTEN)].map(([, braced, bare]) => (braced ?? bare)!))
  return new Set(command.words.flat().flatMap((part) => (typeof part === 'string' ? [] : [part.variable])))
}

/** No text that a user writes holds it. */
const MARK = '\0'

function wordsOf(text: string, env: NodeJS.ProcessEnv): WordPart[][] {
  if (text.includes(MARK)) throw bad('the command holds a NUL', 'leave it out')
  const tokens = parse(text, (name: string) => {
    if (VARIABLE.test(name)) return `${MARK}${name}${MARK}`
    if (name === '') throw onlyShell('$(...)')
    const value = env[name]
    if (value !== undefined) return value
    throw bad(
      `the command names $${name}, which is neither set nor one of ours`,
      'ours are URL, PORT_8081 for port 8081 of the conf, ROUND and AMOUNT; for a dollar sign itself write it in single quotes',
    )
  })
  return tokens.map((token) => {
    if (typeof token === 'string') return unmarked(token)
    // a shell leaves a pattern as it is where no file is called so, and the ? of a URL is one
    if ('pattern' in token) return unmarked(token.pattern)
    throw onlyShell('op' in token ? token.op : `#${token.comment}`)
  })
}

function unmarked(word: string): WordPart[] {
  return word.split(MARK).flatMap((part, index) => (index % 2 === 1 ? { variable: part } : part || []))
}

function onlyShell(what: string): LoadError {
  return bad(
    `the command holds ${what}, which only a shell understands`,
    'quote it, or give the whole command to a shell: --shell, in a test shell: true',
  )
}

function partsOf(word: string): WordPart[] {
  const parts: WordPart[] = []
  let end = 0
  for (const match of word.matchAll(WRITTEN)) {
    parts.push(...[word.slice(end, match.index)].filter((text) => text !== ''), { variable: (match[1] ?? match[2])! })
    end = match.index + match[0].length
  }
  return [...parts, ...[word.slice(end)].filter((text) => text !== '')]
}

function quoted(word: string): string {
  return /^[\w$@%+=:,./{}-]+$/.test(word) ? word : JSON.stringify(word)
}

function bad(what: string, wayOut: string): LoadError {
  return new LoadError('LOAD_BAD_PLAN', `${what}: ${wayOut}`)
}
