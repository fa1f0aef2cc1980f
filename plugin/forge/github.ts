import { readFile } from 'node:fs/promises'
import { ask, askList, type Question } from './ask.js'
import { ForgeError } from './error.js'
import type { Job, RunnerEnv, Thread } from './thread.js'

/** Most comments of one page, by GitHub's API. */
const PAGE = 100

/** What the event file has of a pull request; only what is needed here. */
interface GitHubEvent {
  readonly pull_request?: {
    readonly number: number
    readonly head: { readonly sha: string; readonly repo: { readonly full_name: string } | null }
  }
}

/** The job of GitHub Actions that this runs in. @throws ForgeError `FORGE_EVENT` */
export async function githubJob(env: RunnerEnv): Promise<Job> {
  const { GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run, GITHUB_SERVER_URL: server = 'https://github.com' } = env
  const log = repository && run ? `${server}/${repository}/actions/runs/${run}` : undefined
  const { pull_request: pull } = await readEvent(env.GITHUB_EVENT_PATH)
  if (!pull || !repository) return { thread: undefined, isFromFork: false, commit: env.GITHUB_SHA, log }
  return {
    thread: githubThread(repository, pull.number, env),
    // A fork that is gone has no repository any more.
    isFromFork: pull.head.repo?.full_name !== repository,
    // GITHUB_SHA is that of a merge that GitHub has made, which nobody knows.
    commit: pull.head.sha,
    log,
  }
}

async function readEvent(path: string | undefined): Promise<GitHubEvent> {
  if (!path) return {}
  try {
    return JSON.parse(await readFile(path, 'utf8')) as GitHubEvent
  } catch (cause) {
    throw new ForgeError(
      'FORGE_EVENT',
      `cannot read the event ${path} that GITHUB_EVENT_PATH names: ${(cause as Error).message}. The runner of GitHub Actions writes it.`,
      { cause },
    )
  }
}

function githubThread(repository: string, number: number, env: RunnerEnv): Thread {
  const api = env.GITHUB_API_URL ?? 'https://api.github.com'
  const title = `pull request ${number} of ${repository}`
  const issues = `${api}/repos/${repository}/issues`
  const call = (rest: Pick<Question, 'method' | 'url' | 'body'>) => ask({ ...commonOf(title, env), ...rest })
  const read = (url: string) => askList({ ...commonOf(title, env), method: 'GET', url })
  return {
    title,
    async *pages() {
      for (let page = 1; ; page++) {
        const { list } = await read(`${issues}/${number}/comments?per_page=${PAGE}&page=${page}`)
        yield list
        if (list.length < PAGE) return
      }
    },
    async create(body) {
      await call({ method: 'POST', url: `${issues}/${number}/comments`, body: { body } })
    },
    async update(id, body) {
      await call({ method: 'PATCH', url: `${issues}/comments/${id}`, body: { body } })
    },
  }
}

/** @throws ForgeError `FORGE_TOKEN` */
function commonOf(title: string, env: RunnerEnv): Omit<Question, 'method' | 'url'> {
  const token = env.GITHUB_TOKEN
  const purpose = `comment on ${title}`
  if (!token) {
    throw new ForgeError(
      'FORGE_TOKEN',
      `cannot ${purpose}: GITHUB_TOKEN is not set. Give the step \`env: GITHUB_TOKEN: \${{ github.token }}\`.`,
    )
  }
  return {
    forge: 'GitHub',
    purpose,
    headers: {
      Authorization: `Bearer ${token}`,
      Accept: 'application/vnd.github+json',
      'X-GitHub-Api-Version': '2022-11-28',
      'User-Agent': 'vitest-openresty-leak',
    },
    advice: {
      token: `GITHUB_TOKEN is not valid: give \${{ github.token }}.`,
      rights:
        'The token may not write there: give the job `permissions: pull-requests: write` beside `contents: read`.',
    },
  }
}
