import { type Command, Option } from 'commander'
import { PLAN_OPTIONS, type PlanInput, type PlanOption } from '../../measure/plan-options.js'
import { collect, milliseconds, someMilliseconds, whole } from './values.js'

type Declared = typeof PLAN_OPTIONS

/** An option of a measurement that the command has, too. */
export type CommandOption = {
  [Name in keyof Declared]: Declared[Name] extends { command: object } ? Name : never
}[keyof Declared]

type FirstWord<Text extends string> = Text extends `${infer Word} ${string}` ? Word : Text
type CamelCase<Text extends string> = Text extends `${infer Word}-${infer Rest}`
  ? `${Word}${Capitalize<CamelCase<Rest>>}`
  : Text

/** The name under which commander hands an option over: `--log-format <format>` as logFormat, `--no-locate` as locate. */
type Attribute<Flags extends string> = Flags extends `${string}--no-${infer Name}`
  ? CamelCase<FirstWord<Name>>
  : Flags extends `${string}--${infer Name}`
    ? CamelCase<FirstWord<Name>>
    : never

/** What commander hands over for an option: text as typed, a list for one that repeats, a boolean for one without a value. */
type Given<One extends PlanOption> = One extends { command: { repeats: true } }
  ? readonly string[]
  : One extends { command: { flags: `${string}<${string}` } }
    ? One extends { choices: readonly (infer Choice)[] }
      ? Choice
      : string
    : One extends { command: { flags: `${string}[${string}` } }
      ? string | true
      : boolean

/** What commander hands over of a measurement. */
export type PlanArguments = {
  readonly [Name in CommandOption as Attribute<Declared[Name]['command']['flags']>]?: Given<Declared[Name]>
}

/** All of those, in their order. */
export const COMMAND_OPTIONS = Object.keys(PLAN_OPTIONS).filter(
  (name) => (PLAN_OPTIONS[name as keyof Declared] as PlanOption).command !== undefined,
) as readonly CommandOption[]

/** Adds options of a measurement to a command; `help` has other words for those that mean something narrower there. */
export function withPlanOptions(
  command: Command,
  names: readonly CommandOption[],
  help: Readonly<Partial<Record<CommandOption, string>>> = {},
): Command {
  for (const name of names) {
    const declared: PlanOption = PLAN_OPTIONS[name]
    const { flags, help: usual } = PLAN_OPTIONS[name].command
    const option = new Option(flags, `${help[name] ?? usual}${defaultText(declared)}`)
    if (declared.command?.repeats) option.argParser(collect)
    if (declared.kind === 'choice' && option.required) option.choices([...declared.choices])
    command.addOption(option)
  }
  return command
}

/** What the help adds of the default, with its unit; nothing where the default is nothing. */
function defaultText(option: PlanOption): string {
  const text = option.command?.default ?? valueText(option)
  return text === undefined ? '' : ` (default: ${text})`
}

function valueText(option: PlanOption): string | undefined {
  if (typeof option.default === 'string') return option.default
  if (typeof option.default !== 'number' || option.default === 0) return undefined
  return `${option.default}${option.kind === 'ms' ? 'ms' : option.kind === 'seconds' ? 's' : ''}`
}

/**
 * What the arguments say of a measurement, in the plan's own names and units; what has a form of its own is left out.
 * @throws UsageError
 */
export function planValues(given: PlanArguments): PlanInput {
  const plain = COMMAND_OPTIONS.filter((name) => PLAN_OPTIONS[name].kind !== 'own')
  return Object.fromEntries(plain.map((name) => [name, planValue(name, given)]))
}

function planValue(name: CommandOption, given: PlanArguments): unknown {
  const option: PlanOption = PLAN_OPTIONS[name]
  const { long, attribute } = namesOf(PLAN_OPTIONS[name].command.flags)
  const value = (given as Readonly<Record<string, unknown>>)[attribute]
  // commander says true for each --no-… that is not given, and nobody asked for that
  if (option.kind === 'flag') return value === option.default ? undefined : value
  if (option.kind === 'count') return whole(long, value as string | undefined)
  if (option.kind === 'ms') return milliseconds(long, value as string | undefined)
  if (option.kind !== 'seconds') return value
  const ms = someMilliseconds(long, value as string | undefined)
  return ms === undefined ? undefined : ms / 1000
}

function namesOf(flags: string): { readonly long: string; readonly attribute: string } {
  const option = new Option(flags)
  return { long: option.long!, attribute: option.attributeName() }
}
