import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')

/** A block of code, as a reader copies it. */
export interface DocBlock {
  /** `docs/load.md:69`. */
  readonly at: string
  /** Empty for what a program has printed. */
  readonly language: string
  readonly text: string
}

/** The pages of the docs that people write; docs/api.md and docs/commands.md are made. */
export const PAGES = [
  'README.md',
  'examples/README.md',
  ...readdirSync(new URL('../../docs', import.meta.url))
    .filter((name) => name.endsWith('.md') && !['api.md', 'commands.md'].includes(name))
    .map((name) => `docs/${name}`),
].map((path) => ({ path, text: read(path) }))

/** All blocks of code of all pages. */
export const BLOCKS: readonly DocBlock[] = PAGES.flatMap(({ path, text }) =>
  [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ 1: language = '', 2: block = '', index }) => ({
    at: `${path}:${text.slice(0, index).split('\n').length}`,
    language,
    text: block,
  })),
)

/** Calls of `resty-leak`, in blocks and among words, each with where it stands; their lines end before a comment. */
export function commandLines(): { readonly at: string; readonly line: string }[] {
  const inBlocks = BLOCKS.flatMap(({ at, text }) => text.split('\n').map((line) => ({ at, line })))
  const inWords = PAGES.flatMap(({ path, text }) =>
    [...text.replace(/^```.*?^```$/gms, '').matchAll(/`([^`\n]+)`/g)].map(([, line = '']) => ({ at: path, line })),
  )
  return [...inBlocks, ...inWords].flatMap(({ at, line }) => {
    const [, call] =
      /^(?:\$ |.*\b(?:npx|run|exec) |DEBUG=\S+ npx )?(resty-leak .*)$/.exec(line.replace(/ +#.*| +→.*/, '')) ?? []
    return call === undefined ? [] : [{ at, line: call }]
  })
}
