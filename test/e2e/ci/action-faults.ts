import { namesIn } from './expression.js'
import type { Action } from './github-runner.js'

/** What the context `github` has for a composite action, as far as one may need it. */
const GITHUB = [
  'action_path',
  'actor',
  'api_url',
  'base_ref',
  'event_name',
  'head_ref',
  'ref',
  'ref_name',
  'repository',
  'run_id',
  'server_url',
  'sha',
  'token',
  'workspace',
]
const OF_A_STEP = ['outcome', 'conclusion', 'outputs']

/**
 * What GitHub takes for an empty string, or refuses, once somebody uses the action: an input that is not declared, a step that is not there or
 * comes later, what no step has, an id given twice, and a condition without `${{ }}`, whose names this check would not see.
 */
export function actionFaults({ inputs, outputs, runs: { steps } }: Action): string[] {
  const ids = steps.flatMap(({ id }) => (id === undefined ? [] : [id]))
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `id ${id} is given twice`)
  const nameFault = (name: string, before: Action['runs']['steps']): string | undefined => {
    const [context = '', key = '', property = ''] = name.split('.')
    if (context === 'inputs') return key in inputs ? undefined : `${name}: no such input`
    if (context === 'github') return GITHUB.includes(key) ? undefined : `${name}: GitHub has none`
    if (context !== 'steps') return `${name}: a composite action has no ${context}`
    const step = before.find(({ id }) => id === key)
    if (!step) return `${name}: no such step comes before`
    if (!OF_A_STEP.includes(property)) return `${name}: a step has no ${property}`
    const gives = step.uses !== undefined || step.run?.includes('GITHUB_OUTPUT')
    return property === 'outputs' && !gives ? `${name}: the step gives no output` : undefined
  }
  const faults = (where: string, text: string, before: Action['runs']['steps']) =>
    namesIn(text)
      .flatMap((name) => nameFault(name, before) ?? [])
      .map((fault) => `${where}: ${fault}`)
  return [
    ...twice,
    ...steps.flatMap((step, index) => [
      ...(step.if === undefined || /^\$\{\{.*\}\}$/s.test(step.if)
        ? []
        : [`${step.name}: its condition stands outside of \${{ }}`]),
      ...faults(step.name, JSON.stringify(step), steps.slice(0, index)),
    ]),
    ...Object.entries(inputs).flatMap(([name, input]) => faults(`input ${name}`, input.default ?? '', [])),
    ...Object.entries(outputs).flatMap(([name, { value }]) => faults(`output ${name}`, value, steps)),
  ]
}
