import { nearest } from '../base/nearest.js'
import type { RuntimeOptions } from '../types/runtime.js'
import { invalidOption, PlanError } from './plan-error.js'
import { PLAN_OPTIONS, type PlanInput, type PlanOption } from './plan-options.js'

/**
 * Refuses options that do not exist, and values that no plan could take. What depends on other options, or has a form of
 * its own, is left to who reads it.
 * @throws PlanError that names the option, the value and what is legal
 */
export function checkValues(input: PlanInput): void {
  for (const [name, value] of Object.entries(input)) {
    const option = Object.hasOwn(PLAN_OPTIONS, name) ? PLAN_OPTIONS[name as keyof PlanInput] : undefined
    if (option === undefined) throw unknownOption(name)
    const fault = value === undefined ? undefined : faultOf(value, option)
    if (fault !== undefined) throw invalidOption(name, value, fault.reason, fault.remedy)
  }
}

interface Fault {
  readonly reason: string
  readonly remedy: string
}

function faultOf(value: unknown, option: PlanOption): Fault | undefined {
  const illegal = (legal: string) => ({ reason: 'is no legal value', remedy: `it is ${legal}` })
  switch (option.kind) {
    case 'text':
    case 'own':
      return undefined
    case 'flag':
      return typeof value === 'boolean' ? undefined : illegal('true or false')
    case 'choice':
      if (option.choices.includes(value as string)) return undefined
      return { reason: 'is not known', remedy: `it is ${option.choices.map((choice) => `'${choice}'`).join(' or ')}` }
    case 'seconds':
      return typeof value === 'number' && value > 0 && Number.isFinite(value) ? undefined : illegal('a number above 0')
    case 'ms':
      return isWhole(value, 0) ? undefined : illegal('a whole number from 0 up')
    case 'count':
      if (isWhole(value, option.least, option.most)) return undefined
      return illegal(`a whole number from ${option.least} ${option.most === undefined ? 'up' : `to ${option.most}`}`)
  }
}

function isWhole(value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
}

const START = "openresty.start(): { conf: 'nginx.conf', ... }"

/** Names that a measurement has not, and something else in a test has. */
const ELSEWHERE = {
  thresholds: "a matcher: expect(run).toMeetThresholds({ 'latency.p99': '< 20ms' })",
  ...{ conf: START, prefix: START, runtime: START, image: START, dockerfile: START, openresty: START },
  ...{ workers: START, replace: START, env: START, startTimeoutMs: START, keep: START },
} as const satisfies Partial<Record<keyof RuntimeOptions | 'thresholds', string>>

function unknownOption(name: string): PlanError {
  const legal = Object.keys(PLAN_OPTIONS)
  if (Object.hasOwn(ELSEWHERE, name)) {
    const place = ELSEWHERE[name as keyof typeof ELSEWHERE]
    return new PlanError('PLAN_OPTION_UNKNOWN', `a measurement has no option '${name}', which is one of ${place}`)
  }
  const meant = nearest(name, legal)
  return new PlanError(
    'PLAN_OPTION_UNKNOWN',
    `a measurement has no option '${name}'${meant ? `; did you mean ${meant}?` : '.'} Legal: ${legal.join(', ')}`,
  )
}
