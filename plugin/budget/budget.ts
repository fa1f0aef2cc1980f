import { nearest } from '../base/nearest.js'
import { parseSize, SizeError } from '../base/size.js'
import { PathError, parsePattern, printPath } from '../heap/path.js'
import { patternContains } from '../heap/pattern.js'
import { isProcessPattern } from '../process/path.js'
import type { Budget, BudgetInput, BudgetMetric, BudgetsInput, ParsedBudget } from '../types/budget.js'
import type { Pattern } from '../types/path.js'

export { parseSize } from '../base/size.js'

export class BudgetError extends Error {
  override readonly name = 'BudgetError'

  constructor(
    readonly code: 'BUDGET_PATH' | 'BUDGET_KEY' | 'BUDGET_VALUE' | 'BUDGET_SYNTAX' | 'BUDGET_TWICE' | 'BUDGET_OVERLAP',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** Metrics whose limits are sizes. */
const BYTES = [
  'tables',
  'strings',
  'functions',
  'upvalues',
  'threads',
  'protos',
  'cdata',
  'userdata',
  'total',
  'malloc',
] as const
const NUMBERS = ['objects', 'entries', 'objectsPerRequest', 'entriesPerRequest', 'bound'] as const
const METRICS: readonly BudgetMetric[] = [...BYTES, ...NUMBERS, 'bytesPerRequest']
/** What a budget on process.malloc and the like may limit. */
const OF_PROCESS: readonly string[] = ['total', 'bytesPerRequest']
const KEYS: readonly string[] = [...METRICS, 'level', 'optional']

/**
 * Budgets as users write them, by path.
 * @throws BudgetError naming the path, the key and what would be legal
 */
export function parseBudgets(input: BudgetsInput): ParsedBudget[] {
  // What its type refuses may still come from JavaScript.
  const budgets = Object.entries(input as Readonly<Record<string, BudgetInput>>).map(([path, budget]) =>
    parseBudget(path, budget),
  )
  refuseOverlaps(budgets)
  return budgets
}

/**
 * Budgets that were given as a list, with their paths read.
 * @throws BudgetError for a path that cannot be read, and as refuseOverlaps()
 */
export function readBudgets(budgets: readonly Budget[]): ParsedBudget[] {
  const read = budgets.map((budget) => ({ ...budget, pattern: readPattern(budget.path) }))
  refuseOverlaps(read)
  return read
}

/**
 * One budget as the command line writes it: `PATH:key=value,...`, split at the last colon.
 * @throws BudgetError as parseBudgets does
 */
export function parseBudgetArgument(argument: string): ParsedBudget {
  const colon = argument.lastIndexOf(':')
  const [path, list] = [argument.slice(0, colon), argument.slice(colon + 1)]
  if (colon <= 0 || list.trim() === '') {
    throw new BudgetError(
      'BUDGET_SYNTAX',
      `'${argument}' is no budget: write PATH:key=value,..., such as package.loaded.demo.foo:strings=64KB,tables=16KB`,
    )
  }
  const pairs = list.split(',').map((pair) => {
    const [key = '', value, ...rest] = pair.split('=').map((word) => word.trim())
    if (value === undefined || rest.length > 0) {
      throw new BudgetError('BUDGET_SYNTAX', `'${pair}' in budget '${argument}' is not of the form key=value`)
    }
    return [key, key === 'optional' ? readBoolean(path, value) : value] as const
  })
  const seen = pairs.map(([key]) => key)
  const twice = seen.find((key, index) => seen.indexOf(key) !== index)
  if (twice) throw new BudgetError('BUDGET_TWICE', `budget '${argument}' gives ${twice} twice`)
  return parseBudget(path, Object.fromEntries(pairs))
}

/**
 * A path is judged by one budget. Two patterns of which neither contains the other may still meet at some path; then both hold.
 * @throws BudgetError for two budgets on one path, however it is spelled, and for one below another
 */
function refuseOverlaps(budgets: readonly ParsedBudget[]): void {
  refuseTwice(budgets)
  for (const outer of budgets) {
    const inner = budgets.find((other) => other !== outer && patternContains(outer.pattern, other.pattern))
    if (!inner) continue
    throw new BudgetError(
      'BUDGET_OVERLAP',
      `budgets overlap: '${outer.path}' also covers '${inner.path}'. Put their limits together, or name what else is below '${outer.path}'`,
    )
  }
}

function refuseTwice(budgets: readonly ParsedBudget[]): void {
  const seen = new Map<string, string>()
  for (const { path, pattern } of budgets) {
    const spelled = printPath(pattern)
    const other = seen.get(spelled)
    if (other !== undefined) {
      throw new BudgetError(
        'BUDGET_TWICE',
        `two budgets for one path, '${other}' and '${path}': put their limits together`,
      )
    }
    seen.set(spelled, path)
  }
}

function parseBudget(path: string, input: BudgetInput): ParsedBudget {
  const pattern = readPattern(path)
  checkKeys(path, input)
  const { level, optional } = readManner(path, input)
  const limits = Object.fromEntries(
    METRICS.flatMap((metric) => {
      const value = input[metric]
      return value === undefined ? [] : [[metric, readLimit(path, metric, value)]]
    }),
  )
  checkLimits(path, pattern, limits)
  return { path, pattern, limits, level, optional }
}

function checkKeys(path: string, input: BudgetInput): void {
  if (typeof input !== 'object' || input === null) {
    throw new BudgetError(
      'BUDGET_VALUE',
      `budget for '${path}' is ${JSON.stringify(input)}; write limits, such as { strings: '64 KB' }`,
    )
  }
  for (const key of Object.keys(input)) {
    if (KEYS.includes(key)) continue
    const meant = nearest(key, KEYS)
    throw new BudgetError(
      'BUDGET_KEY',
      `budget for '${path}' has no key '${key}'${meant ? `; did you mean ${meant}?` : '.'} Legal: ${KEYS.join(', ')}`,
    )
  }
}

/** What else than limits a budget says. */
function readManner(
  path: string,
  { level = 'error', optional = false }: BudgetInput,
): Pick<Budget, 'level' | 'optional'> {
  if (level !== 'error' && level !== 'warn') {
    throw new BudgetError(
      'BUDGET_VALUE',
      `level of the budget for '${path}' is ${JSON.stringify(level)}; it is 'error' or 'warn'`,
    )
  }
  if (typeof optional !== 'boolean') {
    throw new BudgetError(
      'BUDGET_VALUE',
      `optional of the budget for '${path}' is ${JSON.stringify(optional)}; it is true or false`,
    )
  }
  return { level, optional }
}

function checkLimits(path: string, pattern: Pattern, limits: Budget['limits']): void {
  const alien = isProcessPattern(pattern) && Object.keys(limits).find((metric) => !OF_PROCESS.includes(metric))
  if (alien) {
    throw new BudgetError(
      'BUDGET_KEY',
      `budget for '${path}' limits ${alien}, which only the Lua heap has. Legal off the heap: ${OF_PROCESS.join(', ')}`,
    )
  }
  if (Object.keys(limits).length === 0) {
    throw new BudgetError(
      'BUDGET_VALUE',
      `budget for '${path}' has no limit; give at least one of ${METRICS.join(', ')}`,
    )
  }
}

function readPattern(path: string): Pattern {
  try {
    return parsePattern(path)
  } catch (cause) {
    if (!(cause instanceof PathError)) throw cause
    throw new BudgetError('BUDGET_PATH', `budget path ${cause.message}`, { cause })
  }
}

function readLimit(path: string, metric: BudgetMetric, value: string | number): number {
  if ((NUMBERS as readonly string[]).includes(metric)) {
    const limit = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof limit === 'number' && Number.isFinite(limit) && limit >= 0) return limit
    throw new BudgetError(
      'BUDGET_VALUE',
      `${metric} of the budget for '${path}' is ${JSON.stringify(value)}; it is a number from 0 up`,
    )
  }
  // Bytes per request may be a fraction; a size is whole bytes.
  if (metric === 'bytesPerRequest' && Number.isFinite(Number(value)) && Number(value) >= 0 && value !== '')
    return Number(value)
  try {
    return parseSize(value)
  } catch (cause) {
    if (!(cause instanceof SizeError)) throw cause
    throw new BudgetError('BUDGET_VALUE', `${metric} of the budget for '${path}': ${cause.message}`, { cause })
  }
}

function readBoolean(path: string, text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new BudgetError('BUDGET_VALUE', `optional of the budget for '${path}' is '${text}'; it is true or false`)
}
