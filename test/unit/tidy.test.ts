import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'rolldown/parseAst'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TRACKED = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).split('\n').filter(Boolean)
const CODE = TRACKED.filter((file) => /\.(?:ts|mjs|c|h|lua)$/.test(file))

/** Lines of the files that match, as `file:line`. */
function linesThat(matches: (line: string) => boolean, files: readonly string[] = CODE): string[] {
  return files.flatMap((file) =>
    readFileSync(`${ROOT}/${file}`, 'utf8')
      .split('\n')
      .flatMap((line, index) => (matches(line) ? [`${file}:${index + 1}`] : [])),
  )
}

/** The formatter folds code; nobody folds a comment. */
test('a line of a comment is read without scrolling', () => {
  expect(linesThat((line) => line.length > 150 && /^\s*(?:\/\/|\/?\*|--)/.test(line))).toEqual([])
})

/** A file that is named for nothing collects everything. */
test('each file is named for what is in it', () => {
  const drawers = /^(?:utils?|helpers?|misc|common|shared|stuff|tools|lib)\b/i
  expect(TRACKED.filter((file) => drawers.test(basename(file)))).toEqual([])
})

/** What the compiler finds is mended, not silenced; what is unfinished is an issue, not a comment. */
test('no comment excuses code', () => {
  // In halves, so that this file is none of them.
  const excuses = new RegExp(
    ['@ts-' + 'ignore', '@ts-' + 'nocheck', 'eslint-' + 'disable', 'TO' + 'DO', 'FIX' + 'ME'].join('|'),
  )
  expect(linesThat((line) => excuses.test(line))).toEqual([])
})

/** One test that runs alone hides all others. */
test('no test is left alone or switched off', () => {
  const alone = /\b(?:test|describe|it)\.(?:only|skip|todo)\(/
  expect(
    linesThat(
      (line) => alone.test(line),
      CODE.filter((file) => file.startsWith('test/')),
    ),
  ).toEqual([])
})

test('no source file is longer than can be kept in mind', () => {
  const sources = CODE.filter((file) => file.startsWith('plugin/') && file.endsWith('.ts'))
  const linesOf = (file: string) => readFileSync(`${ROOT}/${file}`, 'utf8').split('\n').length
  expect(sources.filter((file) => linesOf(file) > 350)).toEqual([])
})

/** A part of a parsed file; what else it holds depends on its type. */
interface SyntaxNode {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly id?: { readonly name?: string } | null
}

const isNode = (value: unknown): value is SyntaxNode => typeof (value as SyntaxNode | null)?.type === 'string'

/** All functions of a node, nested ones too. */
function functionsIn(node: object): SyntaxNode[] {
  const inner = Object.values(node).flatMap((value) => (typeof value === 'object' && value ? functionsIn(value) : []))
  return isNode(node) && /Function/.test(node.type) ? [node, ...inner] : inner
}

/** Functions of a file that have more lines than this, as `file: name`. */
function longFunctions(file: string, most: number): string[] {
  const text = readFileSync(`${ROOT}/${file}`, 'utf8')
  if (text.split('\n').length <= most) return []
  return functionsIn(parseAst(text, { lang: 'ts' }, file))
    .filter(({ start, end }) => text.slice(start, end).split('\n').length > most)
    .map(({ id, start }) => `${file}: ${id?.name ?? text.slice(start, text.indexOf('\n', start))}`)
}

/** What does not fit a screen holds something that deserves a name of its own. */
test('no function is longer than a screen', () => {
  const sources = CODE.filter((file) => file.startsWith('plugin/') && file.endsWith('.ts'))
  expect(sources.flatMap((file) => longFunctions(file, 60))).toEqual([])
})

/** Scenarios and saved heaps are lists; everything else is looked for. */
test('no folder of tests holds more files than can be looked over', () => {
  const files = new Map<string, number>()
  for (const file of TRACKED.filter((name) => name.startsWith('test/') && !name.endsWith('.img.gz'))) {
    files.set(dirname(file), (files.get(dirname(file)) ?? 0) + 1)
  }
  expect([...files].filter(([, count]) => count > 20)).toEqual([])
})
