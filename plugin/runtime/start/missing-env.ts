import { readFileSync } from 'node:fs'

/** Files of Lua that nginx's log names: `/app/lua/config.lua:3:`. */
const NAMED_FILE = /(\/[^\s:'"]+\.lua):\d+:/g
/** `os.getenv("NAME")` as people write it, but for one with a default behind it. */
const GETENV = /\bos\.getenv\s*\(?\s*["']([A-Za-z_]\w*)["']\s*\)?(?!\s*or\b)/g
/** `env NAME;` of nginx.conf: passed on from outside, where one with a value is not. */
const ENV_DIRECTIVE = /(?:^|[;{}\s])env\s+([A-Za-z_]\w*)\s*;/g

/**
 * Environment variables that the code which failed reads and nobody has set, in the order they are read: of the conf and of the
 * Lua files that the log names. Lua gets nil for them.
 * @param confs texts of the conf and of what it includes
 * @param set names of what nginx was started with
 */
export function missingEnv(log: string, confs: readonly string[], set: ReadonlySet<string>): string[] {
  const files = new Set([...log.matchAll(NAMED_FILE)].map(([, file]) => file!))
  const texts = [...confs, ...[...files].map(textOf)]
  const read = texts.flatMap((text) => [...text.matchAll(GETENV), ...text.matchAll(ENV_DIRECTIVE)])
  return [...new Set(read.map(([, name]) => name!))].filter((name) => !set.has(name))
}

/** The way out, in a sentence; undefined where nothing is missing. */
export function missingEnvAdvice(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined
  const options = names.map((name) => `--env ${name}=...`).join(' ')
  const inTest = names.map((name) => `${name}: '...'`).join(', ')
  const [are, them] = names.length === 1 ? ['is', 'It'] : ['are', 'They']
  return `${names.join(', ')} ${are} not set, and nil for Lua. ${them} can be: ${options}, in a test env: { ${inTest} }.`
}

/** The way out of a failure of code that has run into a nil; undefined where no variable explains it. */
export function missingEnvOfNil(
  failure: string,
  confs: readonly string[],
  set: ReadonlySet<string>,
): string | undefined {
  return /\bnil\b/.test(failure) ? missingEnvAdvice(missingEnv(failure, confs, set)) : undefined
}

/** Empty for one that cannot be read from here, such as a file of an image. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
