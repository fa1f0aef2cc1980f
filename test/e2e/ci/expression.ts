/** What an expression of GitHub Actions can name: `inputs`, `github`, `steps` and so on. */
export interface Context {
  readonly [name: string]: string | Context | undefined
}

type Value = string | boolean

const TOKEN = /\s*(?:('(?:[^']|'')*')|(&&|\|\||==|!=|[!(),])|([A-Za-z_][\w-]*(?:\.[\w-]+)*))/y

/** The names of contexts that a text's expressions use: `inputs.tests`. */
export function namesIn(text: string): string[] {
  return expressionsIn(text).flatMap((expression) =>
    tokensOf(expression).filter((token) => /^[A-Za-z_]/.test(token) && token.includes('.')),
  )
}

/** A text with its `${{ }}` replaced by what they come to. */
export function substitute(text: string, context: Context): string {
  return text.replace(/\$\{\{(.*?)\}\}/g, (_, expression: string) => String(evaluate(expression, context)))
}

/** Whether a step's `if` holds. Without a function that asks for the status, it is that all before it succeeded. */
export function holds(condition: string | undefined, context: Context, hasFailed: boolean): boolean {
  const expression = condition?.replace(/^\s*\$\{\{(.*)\}\}\s*$/s, '$1') ?? ''
  const asks = /\b(?:always|cancelled|failure|success)\(\)/.test(expression)
  if (!asks && hasFailed) return false
  return expression === '' || isTrue(evaluate(expression, context))
}

function expressionsIn(text: string): string[] {
  return [...text.matchAll(/\$\{\{(.*?)\}\}/gs)].map(([, expression]) => expression!)
}

function tokensOf(expression: string): string[] {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  const text = expression.trimEnd()
  while (TOKEN.lastIndex < text.length) {
    const from = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (!match) throw new Error(`cannot read the expression ${expression} from ${text.slice(from)}`)
    tokens.push(match[0].trim())
  }
  return tokens
}

const isTrue = (value: Value) => value !== '' && value !== false

/** By GitHub's own order: `!`, then `==`, then `&&`, then `||`; the last two give one of their sides. */
export function evaluate(expression: string, context: Context): Value {
  const tokens = tokensOf(expression)
  let at = 0
  const take = (token: string) => tokens[at] === token && ++at > 0
  const must = (token: string) => {
    if (!take(token)) throw new Error(`${token} is missing in ${expression}`)
  }
  const or = (): Value => {
    let left = and()
    while (take('||')) {
      const right = and()
      left = isTrue(left) ? left : right
    }
    return left
  }
  const and = (): Value => {
    let left = equality()
    while (take('&&')) {
      const right = equality()
      left = isTrue(left) ? right : left
    }
    return left
  }
  const equality = (): Value => {
    const left = unary()
    if (take('==')) return String(left) === String(unary())
    if (take('!=')) return String(left) !== String(unary())
    return left
  }
  const unary = (): Value => (take('!') ? !isTrue(unary()) : primary())
  const primary = (): Value => {
    const token = tokens[at++] ?? ''
    if (token === '(') {
      const value = or()
      must(')')
      return value
    }
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'")
    if (!take('(')) return lookUp(token, context)
    const given: Value[] = []
    while (!take(')')) {
      given.push(or())
      take(',')
    }
    return call(token, given)
  }
  const value = or()
  if (at < tokens.length) throw new Error(`${tokens[at]} is too much in ${expression}`)
  return value
}

function call(name: string, [first = '', second = '']: readonly Value[]): Value {
  if (name === 'cancelled') return false
  if (name === 'contains') return String(first).includes(String(second))
  throw new Error(`${name}() is no function that this stand-in knows`)
}

/** What is not there is an empty string. */
function lookUp(name: string, context: Context): string {
  let found: string | Context | undefined = context
  for (const part of name.split('.')) found = typeof found === 'object' ? found[part] : undefined
  return typeof found === 'string' ? found : ''
}
