import { createHash } from 'node:crypto'
import { Command } from 'commander'
import { repositoryPath } from '../base/repository-path.js'
import { ForgeError } from '../forge/error.js'
import { githubJob } from '../forge/github.js'
import { gitlabJob } from '../forge/gitlab.js'
import { putComment } from '../forge/put-comment.js'
import type { Job } from '../forge/thread.js'
import { annotations, warning } from '../report/export/annotations.js'
import { codeQuality } from '../report/export/code-quality.js'
import { type Comment, pullRequestComment } from '../report/pull-request/comment.js'
import { allFindings, onlyCompared, type PullRequestReports } from '../report/pull-request/reports.js'
import type { Forms } from './forms/form.js'
import { type FileArguments, filesOf, withFileOptions } from './options/file-options.js'
import { UsageError } from './options/usage.js'
import { EXIT } from './terminal/exit.js'
import { errorText } from './terminal/message.js'
import type { Terminal } from './terminal/progress.js'
import { besideFiles, writeFiles } from './terminal/write-files.js'
import { readWrittenReports } from './written-reports.js'

const FORMS = {
  codeQuality: {
    flags: '--code-quality <file>',
    help: "write what is wrong as GitLab's Code Quality report",
    text: codeQualityText,
  },
} as const satisfies Forms<string, PullRequestReports>

interface CommentArguments extends FileArguments<keyof typeof FORMS> {
  readonly name: string
  readonly artifact?: string
  readonly failed?: boolean
  readonly dryRun?: boolean
}

/** `resty-leak comment REPORT...`: tells a pull or merge request what the reports of a job say. `done` gets the exit code. */
export function commentCommand(terminal: Terminal, done: (code: number) => void): Command {
  const command = new Command('comment')
    .summary('tell a pull or merge request what reports say')
    .description(
      'On a runner of GitHub or GitLab: one comment with what run --json, compare --json and leak tests (index.json) have written, over the one that a push before has made. A report that is not there is told as not measured.',
    )
    .argument('<report.json...>', 'the reports')
    .option('--name <name>', 'of the job: each has a comment of its own', 'openresty-leak')
    .option('--artifact <url>', 'where the pages of the reports are')
    .option('--failed', 'the job has failed, whatever the reports say')
  return withFileOptions(command, FORMS)
    .option('--dry-run', 'print the comment, and make none')
    .action(async (files: string[], given: CommentArguments) => {
      done(await comment(files, given, terminal))
    })
}

async function comment(files: readonly string[], given: CommentArguments, terminal: Terminal): Promise<number> {
  const { env } = terminal
  const { name, artifact, dryRun = false } = given
  const wanted = await filesOf(given, FORMS)
  const { out } = besideFiles(terminal, wanted)
  const folder = repositoryPath('.', env)
  try {
    const job = await jobOf(terminal, dryRun)
    const written = await readWrittenReports(files, folder)
    const reports = { ...written, folder, hasFailed: given.failed ?? job.hasFailed ?? false }
    const made = pullRequestComment(reports, { name, commit: job.commit, log: job.log, artifact })
    const isWritten = await writeFiles(wanted, FORMS, reports, terminal)
    // Leak tests and runs have told GitHub of theirs by themselves.
    if (env.GITHUB_ACTIONS === 'true') for (const line of annotations(onlyCompared(reports))) out.write(`${line}\n`)
    if (dryRun) out.write(made.body)
    else out.write(`${await post(job, made)}\n`)
    return isWritten ? EXIT.passed : EXIT.unmeasured
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error
    terminal.err.write(errorText(error.message, terminal))
    // The step that comments fails no job, so that nobody would look into its log.
    if (env.GITHUB_ACTIONS === 'true') out.write(`${warning('no comment', error.message)}\n`)
    return EXIT.unmeasured
  }
}

/** @throws ForgeError, UsageError */
async function jobOf({ env }: Terminal, dryRun: boolean): Promise<Job> {
  if (env.GITHUB_ACTIONS === 'true') return githubJob(env)
  if (env.GITLAB_CI === 'true') return gitlabJob(env)
  if (dryRun) return { thread: undefined, isFromFork: false, commit: undefined, log: undefined }
  throw new UsageError(
    'comments are made by jobs of GitHub Actions and GitLab CI, and neither GITHUB_ACTIONS nor GITLAB_CI is true. Give --dry-run to see what one would say.',
  )
}

/** @returns what was done, in a sentence. @throws ForgeError */
async function post({ thread, isFromFork }: Job, made: Comment): Promise<string> {
  if (!thread) return 'no comment: this job is about no pull request.'
  try {
    const done = await putComment(thread, made)
    if (done === 'not needed') return `no comment on ${thread.title}: there is nothing to tell, and none is there.`
    return done === 'made' ? `commented on ${thread.title}.` : `updated the comment on ${thread.title}.`
  } catch (error) {
    const isWithoutRight = error instanceof ForgeError && ['FORGE_TOKEN', 'FORGE_RIGHTS'].includes(error.code)
    if (!isFromFork || !isWithoutRight) throw error
    return `no comment on ${thread.title}: it comes from a fork, whose jobs may not write. The job's log and reports say the same.`
  }
}

function codeQualityText(reports: PullRequestReports): string {
  const digest = (text: string) => createHash('sha256').update(text).digest('hex')
  return `${JSON.stringify(codeQuality(allFindings(reports), digest), null, 2)}\n`
}
