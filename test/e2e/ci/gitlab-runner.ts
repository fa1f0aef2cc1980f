import { existsSync } from 'node:fs'
import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { bash, type Shell } from './shell.js'

/** The job that a project extends, as far as this stand-in runs it. */
export interface GitLabJob {
  readonly variables: Readonly<Record<string, string>>
  readonly script: readonly string[]
  readonly after_script: readonly string[]
  readonly artifacts: {
    readonly when: string
    readonly paths: readonly string[]
    readonly reports: { readonly codequality: string }
  }
}

export async function readTemplate(): Promise<GitLabJob> {
  const text = await readFile(new URL('../../../gitlab.yml', import.meta.url), 'utf8')
  return (parse(text) as Record<string, GitLabJob>)['.openresty-leak']!
}

export interface GitLabResult {
  readonly status: 'success' | 'failed'
  /** What script and after_script printed. */
  readonly log: string
  /** What the merge request shows of its code. */
  readonly codeQuality: readonly {
    readonly location: { readonly path: string; readonly lines: { readonly begin: number } }
  }[]
  /** Folder of the artifacts. */
  readonly artifacts: string
}

/** A job that extends the template with these variables. `env` is what the runner sets; `folder` is for what is uploaded. */
export async function runTemplate(
  given: Readonly<Record<string, string>>,
  {
    env,
    folder,
    shell = bash,
  }: { readonly env: Readonly<Record<string, string>>; readonly folder: string; readonly shell?: Shell },
): Promise<GitLabResult> {
  const template = await readTemplate()
  const variables = { ...template.variables, ...given }
  const cwd = env.CI_PROJECT_DIR!
  const script = await shell(template.script.join('\n'), { cwd, env: { ...env, ...variables } })
  const status = script.code === 0 ? 'success' : 'failed'
  // A shell of its own, whose end changes nothing.
  const after = await shell(template.after_script.join('\n'), {
    cwd,
    env: { ...env, ...variables, CI_JOB_STATUS: status },
  })
  const artifacts = join(folder, 'artifacts')
  for (const path of template.artifacts.paths) {
    const from = path.replace(/\$(\w+)/g, (_, name: string) => variables[name] ?? env[name] ?? '')
    // A job that leaves no such file gets a warning, and ends as it would.
    if (existsSync(join(cwd, from))) await cp(join(cwd, from), artifacts, { recursive: true })
  }
  const quality = await readFile(join(cwd, template.artifacts.reports.codequality), 'utf8').catch(() => '[]')
  return { status, log: `${script.text}${after.text}`, codeQuality: JSON.parse(quality), artifacts }
}
