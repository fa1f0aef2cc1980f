import { ask, askList, type Question } from './ask.js'
import { ForgeError } from './error.js'
import type { Job, RunnerEnv, Thread } from './thread.js'

/** Most notes of one page, by GitLab's API. */
const PAGE = 100

const TOKEN_ADVICE =
  'GITLAB_TOKEN has to be a token of the project with the role Reporter and the scope api, as a masked variable of CI/CD: a job token may not write notes.'

/** The job of GitLab CI that this runs in. */
export function gitlabJob(env: RunnerEnv): Job {
  const { CI_MERGE_REQUEST_IID: number, CI_MERGE_REQUEST_PROJECT_ID: project } = env
  return {
    thread: number && project ? gitlabThread(project, number, env) : undefined,
    isFromFork: env.CI_MERGE_REQUEST_SOURCE_PROJECT_ID !== project,
    commit: env.CI_COMMIT_SHA,
    log: env.CI_JOB_URL,
    ...(env.CI_JOB_STATUS && { hasFailed: env.CI_JOB_STATUS === 'failed' }),
  }
}

function gitlabThread(project: string, number: string, env: RunnerEnv): Thread {
  const api = env.CI_API_V4_URL ?? 'https://gitlab.com/api/v4'
  const title = `merge request ${number} of ${env.CI_MERGE_REQUEST_PROJECT_PATH ?? `project ${project}`}`
  const notes = `${api}/projects/${project}/merge_requests/${number}/notes`
  const call = (rest: Pick<Question, 'method' | 'url' | 'body'>) => ask({ ...commonOf(title, env), ...rest })
  const read = (url: string) => askList({ ...commonOf(title, env), method: 'GET', url })
  return {
    title,
    async *pages() {
      let page: string | null = '1'
      while (page) {
        const { list, headers } = await read(`${notes}?per_page=${PAGE}&page=${page}`)
        yield list
        // Empty on the last page.
        page = headers.get('x-next-page')
      }
    },
    async create(body) {
      await call({ method: 'POST', url: notes, body: { body } })
    },
    async update(id, body) {
      await call({ method: 'PUT', url: `${notes}/${id}`, body: { body } })
    },
  }
}

/** @throws ForgeError `FORGE_TOKEN` */
function commonOf(title: string, env: RunnerEnv): Omit<Question, 'method' | 'url'> {
  const token = env.GITLAB_TOKEN
  const purpose = `write a note on ${title}`
  if (!token) throw new ForgeError('FORGE_TOKEN', `cannot ${purpose}: GITLAB_TOKEN is not set. ${TOKEN_ADVICE}`)
  return {
    forge: 'GitLab',
    purpose,
    headers: { 'PRIVATE-TOKEN': token },
    advice: { token: TOKEN_ADVICE, rights: TOKEN_ADVICE },
  }
}
