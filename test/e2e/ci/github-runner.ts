import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type Context, holds, substitute } from './expression.js'
import { bash, type Shell } from './shell.js'

/** A composite action, as far as this stand-in runs it. */
export interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: string }>>
  readonly outputs: Readonly<Record<string, { readonly description: string; readonly value: string }>>
  readonly runs: { readonly using: string; readonly steps: readonly ActionStep[] }
}

export interface ActionStep {
  readonly name: string
  readonly id?: string
  readonly if?: string
  readonly uses?: string
  readonly with?: Readonly<Record<string, string | boolean>>
  readonly shell?: string
  readonly run?: string
  readonly env?: Readonly<Record<string, string>>
  readonly 'working-directory'?: string
  readonly 'continue-on-error'?: boolean
}

export const ACTION_FILE = new URL('../../../action.yml', import.meta.url)

export async function readAction(): Promise<Action> {
  return parse(await readFile(ACTION_FILE, 'utf8')) as Action
}

export type Outcome = 'success' | 'failure' | 'skipped'

export interface JobResult {
  /** What the check of the pull request shows. */
  readonly conclusion: Outcome
  /** Of each step by its name, before `continue-on-error`. */
  readonly steps: Readonly<Record<string, Outcome>>
  /** What each step printed, by its name. */
  readonly logs: Readonly<Record<string, string>>
  /** What the page of the run shows: all steps' summaries. */
  readonly summary: string
  /** Folder that the artifact was uploaded to; undefined where none was. */
  readonly artifact: string | undefined
}

/** A job that checks out and uses the action, with these inputs. `env` is what the runner sets for all its steps. */
export async function runAction(
  given: Readonly<Record<string, string>>,
  {
    env,
    github,
    folder,
    shell = bash,
  }: {
    readonly env: Readonly<Record<string, string>>
    readonly github: Context
    readonly folder: string
    readonly shell?: Shell
  },
): Promise<JobResult> {
  const { inputs: declared, runs } = await readAction()
  for (const name of Object.keys(given)) if (!(name in declared)) throw new Error(`action.yml has no input ${name}`)
  const inputs = Object.fromEntries(
    Object.entries(declared).map(([name, input]) => [name, given[name] ?? substitute(input.default ?? '', { github })]),
  )
  const ran: Record<string, { outcome: Outcome; outputs: Record<string, string> }> = {}
  const result = { steps: {} as Record<string, Outcome>, logs: {} as Record<string, string>, summary: '' }
  let hasFailed = false
  let artifact: string | undefined
  for (const step of runs.steps) {
    const context: Context = { inputs, github, steps: ran }
    const text = (value: string) => substitute(value, context)
    const outputs: Record<string, string> = {}
    let outcome: Outcome = 'skipped'
    if (holds(step.if, context, hasFailed)) {
      outcome = 'success'
      if (step.uses?.startsWith('actions/upload-artifact@')) {
        artifact = join(folder, 'artifact')
        await cp(join(env.GITHUB_WORKSPACE!, text(String(step.with!.path))), artifact, { recursive: true })
        outputs['artifact-url'] = 'https://forge.example/o/r/actions/runs/99/artifacts/1'
      } else if (step.run !== undefined) {
        const summary = join(folder, 'summary.md')
        await writeFile(summary, '')
        const own = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, text(value)]))
        const { code, text: log } = await shell(text(step.run), {
          cwd: join(env.GITHUB_WORKSPACE!, text(step['working-directory'] ?? '.')),
          env: { ...env, ...own, GITHUB_STEP_SUMMARY: summary },
        })
        outcome = code === 0 ? 'success' : 'failure'
        result.logs[step.name] = log
        result.summary += await readFile(summary, 'utf8')
      }
    }
    result.steps[step.name] = outcome
    if (step.id) ran[step.id] = { outcome, outputs }
    hasFailed ||= outcome === 'failure' && !step['continue-on-error']
  }
  return { ...result, conclusion: hasFailed ? 'failure' : 'success', artifact }
}
