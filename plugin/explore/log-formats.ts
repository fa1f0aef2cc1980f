import { type Directive, parseConf } from '../conf/conf.js'
import { type ConfTree, directivesOf } from '../conf/conf-tree.js'
import { LoadError } from '../load/error.js'
import { COMBINED, type LogEscape, type LogFormat } from '../load/sources/log/format.js'

/** Every log_format of a conf, and the one that nginx knows without being told. */
export function logFormatsOf(tree: ConfTree | undefined): readonly LogFormat[] {
  const own = tree ? [...directivesOf(tree)].flatMap(({ directive }) => formatOf(directive) ?? []) : []
  return [...own, COMBINED]
}

/**
 * The format that a user gives: its text, a whole `log_format` directive, or the name of one that is known.
 * @throws LoadError `LOAD_SOURCE` for a name that none has
 */
export function givenFormat(text: string, known: readonly LogFormat[]): LogFormat {
  const [directive] = /^\s*log_format\s/.test(text) ? parseConf(text) : []
  const whole = directive && formatOf(directive)
  if (whole) return whole
  if (text.includes('$')) return { name: 'as given', escape: 'default', text }
  const named = known.find(({ name }) => name === text.trim())
  if (named) return named
  throw new LoadError(
    'LOAD_SOURCE',
    `log format ${JSON.stringify(text)} names no variable and none of ${known.map(({ name }) => name).join(', ')}: ` +
      `write it as nginx does, such as '$remote_addr [$time_local] "$request" $status'`,
  )
}

/** nginx joins the texts of a format as they are. */
function formatOf({ name: directive, args }: Directive): LogFormat | undefined {
  const [name, ...texts] = args.map(({ text }) => text)
  if (directive !== 'log_format' || name === undefined || texts.length === 0) return undefined
  const [, manner] = /^escape=(default|json|none)$/.exec(texts[0]!) ?? []
  return { name, escape: (manner ?? 'default') as LogEscape, text: texts.slice(manner ? 1 : 0).join('') }
}
