import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { program } from '../../../plugin/cli/program.js'
import { actionFaults } from '../../e2e/ci/action-faults.js'
import { evaluate, holds, namesIn, substitute } from '../../e2e/ci/expression.js'
import { ACTION_FILE, type ActionStep, readAction } from '../../e2e/ci/github-runner.js'
import { readTemplate } from '../../e2e/ci/gitlab-runner.js'
import { aTerminal } from '../cli/terminal.js'

const action = await readAction()
const template = await readTemplate()
const { steps } = action.runs
const TEXT = readFileSync(ACTION_FILE, 'utf8')

/** As it stands in a workflow; the linter takes it for a template that lost its backticks. */
const expression = (text: string) => `\${{ ${text} }}`

describe('action.yml', () => {
  test('asks for what there is: inputs that it declares, steps that come before, and what those have', () => {
    expect(actionFaults(action)).toEqual([])
  })

  test('uses each input that it declares', () => {
    const named = namesIn(TEXT).filter((name) => name.startsWith('inputs.'))
    expect([...new Set(named)].sort()).toEqual(
      Object.keys(action.inputs)
        .map((name) => `inputs.${name}`)
        .sort(),
    )
  })

  test('uses what a composite action has', () => {
    expect(action.runs.using).toBe('composite')
    const keys = ['name', 'id', 'if', 'uses', 'with', 'shell', 'run', 'env', 'working-directory', 'continue-on-error']
    for (const step of steps) {
      expect(keys, step.name).toEqual(expect.arrayContaining(Object.keys(step)))
      // GitHub refuses a script without a shell, and a step that has both or neither.
      expect({ step: step.name, isScript: step.run !== undefined, shell: step.shell }).toEqual(
        step.uses === undefined
          ? { step: step.name, isScript: true, shell: 'bash' }
          : { step: step.name, isScript: false, shell: undefined },
      )
    }
  })

  test('says what each input and output is', () => {
    const described = [...Object.values(action.inputs), ...Object.values(action.outputs)]
    for (const { description } of described) expect(description).toMatch(/^[A-Z`].*[.;]?$/)
  })

  test('takes no text of a pull request into a script', () => {
    for (const { name, run } of steps) expect(run ?? '', name).not.toContain(expression('').slice(0, 3))
  })

  test('runs what it runs in the working directory', () => {
    for (const step of steps.filter(({ run }) => run !== undefined)) {
      expect(step['working-directory'], step.name).toBe(expression('inputs.working-directory'))
    }
  })
})

describe('an action is faulty', () => {
  const step = (own: Partial<ActionStep>): ActionStep => ({ name: 'last', ...own })
  const faults = (last: Partial<ActionStep>, url = '') =>
    actionFaults({
      inputs: { tests: { description: 'Tests.' } },
      outputs: { url: { description: 'URL.', value: url } },
      runs: { using: 'composite', steps: [step({ name: 'first', id: 'first', run: 'true' }), step(last)] },
    })
  test.each([
    ['an input that is not declared', { env: { A: expression('inputs.test') } }, 'last: inputs.test: no such input'],
    [
      'a step that is not there',
      { if: expression("steps.frist.outcome == 'failure'") },
      'last: steps.frist.outcome: no such step comes before',
    ],
    [
      'a step that is itself',
      { id: 'own', run: expression('steps.own.outcome') },
      'last: steps.own.outcome: no such step comes before',
    ],
    [
      'what a step has not',
      { run: expression('steps.first.status') },
      'last: steps.first.status: a step has no status',
    ],
    [
      'an output that nobody gives',
      { run: expression('steps.first.outputs.url') },
      'last: steps.first.outputs.url: the step gives no output',
    ],
    ['what GitHub has not', { run: expression('github.baseref') }, 'last: github.baseref: GitHub has none'],
    [
      'a context of workflows',
      { run: expression('secrets.TOKEN') },
      'last: secrets.TOKEN: a composite action has no secrets',
    ],
    ['an id given twice', { id: 'first', run: 'true' }, 'id first is given twice'],
    [
      'a condition outside of an expression',
      { if: "inputs.tests != ''" },
      `last: its condition stands outside of ${expression('').replace(/ +/, ' ')}`,
    ],
  ] satisfies [string, Partial<ActionStep>, string][])('that has %s', (_, last, fault) => {
    expect(faults(last)).toEqual([fault])
  })

  test('whose output comes from a step that is not there', () => {
    expect(faults({}, expression('steps.upload.outputs.url'))).toEqual([
      'output url: steps.upload.outputs.url: no such step comes before',
    ])
  })
})

/** Variables that a script uses and nobody sets would be empty: shellcheck sees those in lower case alone. */
function unset(script: string, set: readonly string[]): string[] {
  const used = [...script.matchAll(/\$\{?([A-Z][A-Z_]+)/g)].map(([, name]) => name!)
  return [...new Set(used)].filter((name) => !set.includes(name) && !/^(?:CI|GITHUB)_/.test(name))
}

test.each(steps.filter(({ run }) => run !== undefined))(
  'the step $name sets each variable that its script uses',
  (step: ActionStep) => {
    expect(unset(step.run!, Object.keys(step.env ?? {}))).toEqual([])
  },
)

test('gitlab.yml sets each variable that its scripts use, and uses each that it sets', () => {
  const scripts = [...template.script, ...template.after_script].join('\n')
  expect(unset(scripts, Object.keys(template.variables))).toEqual([])
  const own = Object.keys(template.variables).filter((name) => name.startsWith('LEAK_'))
  expect(own.filter((name) => !scripts.includes(`$${name}`))).toEqual([])
})

const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0

describe.skipIf(!hasShellcheck)('shellcheck has nothing to say', () => {
  const scripts = [
    ...steps.flatMap(({ name, run }) => (run === undefined ? [] : [[`action.yml, ${name}`, run, 'bash'] as const])),
    // An image may have no bash.
    ['gitlab.yml, script', template.script.join('\n'), 'sh'] as const,
    ['gitlab.yml, after_script', template.after_script.join('\n'), 'sh'] as const,
  ]
  test.each(scripts)('of %s', (_, script, shell) => {
    // SC2016: what stands in single quotes is for eval to expand. SC2086: a command of several words is meant to be split.
    const { stdout } = spawnSync('shellcheck', [`--shell=${shell}`, '--exclude=SC2016,SC2086', '-'], {
      input: script,
      encoding: 'utf8',
    })
    expect(stdout).toBe('')
  })
})

describe("the stand-in for GitHub's runner", () => {
  const context = { inputs: { tests: 'x', run: '' }, steps: { a: { outcome: 'failure' } } }
  test.each([
    ["inputs.tests != ''", true],
    ["!cancelled() && inputs.run != ''", false],
    ["inputs.run || 'other'", 'other'],
    ["steps.a.outcome == 'failure' && (inputs.run == '' || contains(inputs.tests, 'y'))", true],
    ['steps.b.outcome', ''],
  ])('%s is %j', (expression, value) => {
    expect(evaluate(expression, context)).toBe(value)
  })

  test('a step after one that failed runs where its condition asks for the status', () => {
    expect(holds(undefined, context, true)).toBe(false)
    expect(holds(expression("inputs.tests != ''"), context, true)).toBe(false)
    expect(holds(expression("!cancelled() && inputs.tests != ''"), context, true)).toBe(true)
    expect(substitute(`-${expression('inputs.tests')}-`, context)).toBe('-x-')
  })

  test('what it does not know is an error', () => {
    expect(() => evaluate("startsWith(inputs.tests, 'x')", context)).toThrow('startsWith() is no function')
  })
})

describe('docs/ci.md', () => {
  const doc = readFileSync(new URL('../../../docs/ci.md', import.meta.url), 'utf8')
  const [workflow, pipeline] = [...doc.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text]) => text!)

  test('uses inputs of the action, in some ten lines', () => {
    const { jobs } = parse(workflow!) as { jobs: { memory: { steps: { uses: string; with?: object }[] } } }
    const step = jobs.memory.steps.find(({ uses }) => uses.includes('vitest-openresty-leak'))
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(step!.with!)))
    expect(workflow!.trim().split('\n').length).toBeLessThanOrEqual(11)
  })

  test('lists the inputs with their defaults', () => {
    const rows = [...doc.matchAll(/^\| ((?:`[\w-]+`(?:, )?)+) \| ?(?:`(.+?)`)?[^|]*\|/gm)]
    const listed = rows.flatMap(([, names, value = '']) =>
      [...names!.matchAll(/`([\w-]+)`/g)].map(([, name]) => [name!, value]),
    )
    const defaults = Object.entries(action.inputs).map(([name, input]) => [
      name,
      name === 'token' ? '' : (input.default ?? ''),
    ])
    expect(listed.filter(([name]) => name! in action.inputs)).toEqual(expect.arrayContaining(defaults))
  })

  test('sets variables of the template, and lists them', () => {
    const { memory } = parse(pipeline!) as { memory: { extends: string; variables: object } }
    expect(memory.extends).toBe('.openresty-leak')
    expect(Object.keys(template.variables)).toEqual(expect.arrayContaining(Object.keys(memory.variables)))
    for (const name of Object.keys(template.variables))
      if (name.startsWith('LEAK_')) expect(doc).toContain(`\`${name}\``)
    expect(pipeline!.trim().split('\n').length).toBeLessThanOrEqual(11)
  })

  test('uses options that comment has', async () => {
    const terminal = aTerminal()
    await program(['comment', '--help'], terminal)
    for (const option of ['--dry-run', '--code-quality']) {
      expect(doc).toContain(option)
      expect(terminal.said.out).toContain(option)
    }
  })
})

test('the package has both files', () => {
  const { files } = JSON.parse(readFileSync(fileURLToPath(new URL('../../../package.json', import.meta.url)), 'utf8'))
  expect(files).toEqual(expect.arrayContaining(['action.yml', 'gitlab.yml']))
})
