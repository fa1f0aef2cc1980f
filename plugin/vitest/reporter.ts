import { appendFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node'
import { repositoryPath } from '../base/repository-path.js'
import { annotations } from '../report/export/annotations.js'
import { findings } from '../report/export/findings.js'
import { runMarkdown } from '../report/markdown/markdown.js'
import { runTable } from '../report/terminal/table.js'
import { DEFAULT_REPORTS } from './options.js'
import { type TestReports, writeReports } from './report-files.js'
import { reportsOf } from './task-meta.js'

/** Prints a table of all measurements at the end of a run, and writes each report to a file of its own beside an index.json. */
export default class OpenrestyLeakReporter implements Reporter {
  readonly #reports: string | false
  #vitest: Vitest | undefined

  /** @param options `reports`: folder from Vitest's root, default `.vitest/openresty-leak`; false writes none */
  constructor(options: { readonly reports?: string | false | undefined } = {}) {
    this.#reports = options.reports ?? DEFAULT_REPORTS
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const vitest = this.#vitest
    if (!vitest) return
    const tests = modules.flatMap((module) => [...module.children.allTests()].flatMap(testReports(vitest)))
    if (tests.length === 0) return
    const { isTTY, columns } = process.stdout
    const colour = isTTY && !process.env.NO_COLOR
    const where = await this.#write(vitest.config.root, tests)
    vitest.logger.log(`\n${runTable(tests, { colour, ...(isTTY && columns && { width: columns }) })}\n${where}`)
    await this.#tellGitHub(vitest, tests)
  }

  /** On a runner of GitHub Actions: an annotation for each failure, and the step summary. */
  async #tellGitHub(vitest: Vitest, tests: readonly TestReports[]): Promise<void> {
    const { GITHUB_ACTIONS, GITHUB_STEP_SUMMARY } = process.env
    if (GITHUB_ACTIONS !== 'true') return
    const folder = repositoryPath('.', process.env)
    const measured = tests.flatMap(({ file, name, reports }) => {
      const from = repositoryPath(resolve(vitest.config.root, file), process.env)
      return reports.map((report) => ({ file: from, folder, title: name, report }))
    })
    for (const line of annotations(findings(measured))) vitest.logger.log(line)
    if (GITHUB_STEP_SUMMARY) await appendFile(GITHUB_STEP_SUMMARY, runMarkdown(tests))
  }

  /** @returns the line that says where the reports are */
  async #write(root: string, tests: readonly TestReports[]): Promise<string> {
    if (this.#reports === false) return ''
    const folder = resolve(root, this.#reports)
    await writeReports(folder, tests)
    return `  Reports: ${relative(process.cwd(), folder) || '.'}/\n`
  }
}

/** A test with its reports, or nothing for a test that measured nothing. */
function testReports(vitest: Vitest): (test: TestCase) => TestReports[] {
  return (test) => {
    const reports = reportsOf(test.meta())
    if (reports.length === 0) return []
    const file = relative(vitest.config.root, test.module.moduleId)
    return [{ file, project: test.project.name, name: test.fullName, state: test.result().state, reports }]
  }
}
