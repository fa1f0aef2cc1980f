import { readdirSync, readFileSync } from 'node:fs'
import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { COMMAND_OPTIONS, planValues, withPlanOptions } from '../../../../plugin/cli/options/plan-options.js'
import { program } from '../../../../plugin/cli/program.js'
import { PLAN_OPTIONS, type PlanOption } from '../../../../plugin/measure/plan-options.js'
import { aTerminal } from '../terminal.js'

const CLI = new URL('../../../../plugin/cli/', import.meta.url)
const FILES = readdirSync(CLI, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const oneLine = (text: string) => text.replace(/\s+/g, ' ')

/** A value as it is typed, and what the plan gets of it. */
function sample({ kind, ...option }: PlanOption): [typed: string[], value: unknown] {
  if (kind === 'count') return [['7'], 7]
  if (kind === 'ms') return [['1.5s'], 1500]
  if (kind === 'seconds') return [['1500ms'], 1.5]
  if (kind === 'flag') return [[], !option.default]
  if (kind === 'choice')
    return [[(option as { choices: string[] }).choices[0]!], (option as { choices: string[] }).choices[0]]
  return [['text'], 'text']
}

describe('an option of a measurement', () => {
  test.each(COMMAND_OPTIONS)('%s stands in the help of run, with its default', async (name) => {
    const terminal = aTerminal()
    await program(['run', '--help'], terminal)
    const { out } = terminal.said
    const { flags, help } = PLAN_OPTIONS[name].command
    expect(oneLine(out)).toContain(`${flags} ${oneLine(help)}`)
    const shown = (PLAN_OPTIONS[name] as PlanOption).default
    if (typeof shown === 'number' && shown > 0)
      expect(oneLine(out)).toMatch(new RegExp(`${flags} .*?\\(default: ${shown}`))
  })

  test.each(COMMAND_OPTIONS.filter((name) => PLAN_OPTIONS[name].kind !== 'own'))(
    '%s reaches the plan',
    async (name) => {
      const [typed, value] = sample(PLAN_OPTIONS[name])
      const command = withPlanOptions(new Command('run'), COMMAND_OPTIONS)
      const long = /--[\w-]+/.exec(PLAN_OPTIONS[name].command.flags)![0]
      command.parse([long, ...typed], { from: 'user' })
      expect(planValues(command.opts())[name]).toEqual(value)
    },
  )

  test('that is not given says nothing, so that the plan takes its default', () => {
    const command = withPlanOptions(new Command('run'), COMMAND_OPTIONS)
    command.parse([], { from: 'user' })
    expect(Object.values(planValues(command.opts())).filter((value) => value !== undefined)).toEqual([])
  })
})

test.each(FILES)('%s repeats no default that is declared elsewhere', (file) => {
  expect(readFileSync(new URL(file, CLI), 'utf8')).not.toMatch(/\(default: \d/)
})
