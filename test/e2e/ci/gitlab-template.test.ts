import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { Repository } from '../../unit/compare/sides/repository.js'
import { type FakeForge, fakeForge, TOKEN } from '../../unit/forge/fake-forge.js'
import { aFolder } from '../resty-leak.js'
import { VITEST_ENV } from '../vitest-project.js'
import { runnerShell } from './container-shell.js'
import { type GitLabResult, runTemplate } from './gitlab-runner.js'
import { aRepository, installed } from './pull-request.js'
import { bash } from './shell.js'

const COMPARE = 'nginx.conf --request /t --runtime local --amount 2000 --warmup 1000 --rounds 0'

interface Given {
  readonly variables?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly inContainer?: boolean
}

/** The job of a merge request, in a clone of its branch. */
async function job(
  origin: Repository,
  forge: Pick<FakeForge, 'url'>,
  { variables, env, inContainer = false }: Given = {},
): Promise<GitLabResult> {
  const clone = await Repository.clone(origin, '--branch', 'feature')
  const modules = await installed()
  return runTemplate(
    {
      LEAK_TESTS: 'npx --no vitest run',
      LEAK_COMPARE: COMPARE,
      LEAK_FOLDER: 'gateway',
      LEAK_INSTALL: `ln -s ${modules} node_modules`,
      ...variables,
    },
    {
      folder: await aFolder(),
      shell: inContainer ? await runnerShell(clone.folder, modules) : bash,
      env: {
        ...VITEST_ENV,
        GITLAB_CI: 'true',
        GITLAB_TOKEN: TOKEN,
        CI_API_V4_URL: forge.url,
        CI_JOB_NAME: 'memory',
        CI_JOB_URL: 'https://forge.example/jobs/99',
        CI_PROJECT_DIR: clone.folder,
        CI_COMMIT_SHA: (await clone.git('rev-parse', 'HEAD')).trim(),
        CI_MERGE_REQUEST_IID: '7',
        CI_MERGE_REQUEST_PROJECT_ID: '42',
        CI_MERGE_REQUEST_PROJECT_PATH: 'o/r',
        CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '42',
        CI_MERGE_REQUEST_DIFF_BASE_SHA: (await clone.git('rev-parse', 'origin/main')).trim(),
        ...env,
      },
    },
  )
}

test('a merge request with a leak fails, with one note, one entry of Code Quality at the line, and the pages; mended, the same note says so', {
  timeout: 300_000,
}, async () => {
  const [origin, forge] = [await aRepository('a leak'), await fakeForge()]
  const leaking = await job(origin, forge)
  expect(leaking.status, leaking.log).toBe('failed')
  expect(leaking.log).toContain('commented on merge request 7 of o/r.')
  const [note = ''] = forge.comments.values()
  expect(note).toContain('<!-- vitest-openresty-leak comment memory -->\n## OpenResty memory: :x: 1 leak\n')
  expect(note).toContain(
    '[reports](https://forge.example/jobs/99/artifacts/browse/gateway/.vitest/openresty-leak), [log](',
  )
  expect(note).toContain('- <code>gateway/lua/shop.lua&#58;5</code>: ')
  expect(note).toContain('OpenResty: head keeps more with each request on 1 path')
  // The leak test knows the line that adds, the comparison the function that owns it.
  expect(leaking.codeQuality).toMatchObject([{ location: { path: 'gateway/lua/shop.lua', lines: { begin: 5 } } }])
  expect(await readdir(leaking.artifacts)).toEqual(
    expect.arrayContaining(['compare.html', 'index.json', 'shop.leak.test.ts.GET-t-keeps-nothing.html']),
  )

  await origin.commit({
    'gateway/lua/shop.lua': 'local M = {}\nfunction M.visit()\n    ngx.say("hi")\nend\nreturn M\n',
  })
  const mended = await job(origin, forge, { variables: { LEAK_COMPARE: '' } })
  expect(mended.status, mended.log).toBe('success')
  expect(mended.codeQuality).toEqual([])
  expect([...forge.comments]).toEqual([[1, expect.stringContaining('## OpenResty memory: no leak\n')]])
})

test('a merge request without a leak passes without a note, in a container as an ordinary user, and also where the API is out of order', {
  timeout: 300_000,
}, async () => {
  const origin = await aRepository('no leak')
  const variables = {
    LEAK_TESTS: '',
    LEAK_COMPARE: '',
    LEAK_RUN: 'nginx.conf --request /t --runtime local --amount 2000',
    LEAK_COMMAND: 'node_modules/.bin/resty-leak',
  }
  const forge = await fakeForge()
  const clean = await job(origin, forge, { variables, inContainer: true })
  expect(clean.status, clean.log).toBe('success')
  expect(clean.log).toContain('there is nothing to tell, and none is there.')
  const deaf = await job(origin, { url: 'http://127.0.0.1:9' }, { variables })
  expect(deaf.log).toContain(
    'resty-leak: cannot write a note on merge request 7 of o/r: GitLab (GET http://127.0.0.1:9/',
  )
  expect(deaf.status).toBe('success')
})

test('a merge request from a fork has no token, and no note', async () => {
  const [origin, forge] = [await aRepository('a leak'), await fakeForge()]
  const env = { CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '43', GITLAB_TOKEN: '' }
  const fork = await job(origin, forge, { env, variables: { LEAK_COMPARE: '' } })
  expect(fork.status).toBe('failed')
  expect(fork.log).toContain('no comment on merge request 7 of o/r: it comes from a fork')
  expect(fork.codeQuality).toHaveLength(1)
})

test('a merge request that cannot be measured fails, and its note says why', async () => {
  const [origin, forge] = [await aRepository('a conf that nginx rejects'), await fakeForge()]
  const broken = await job(origin, forge)
  expect(broken.status).toBe('failed')
  const [note = ''] = forge.comments.values()
  expect(note).toContain('## OpenResty memory: :warning: not all could be measured\n')
  expect(note).toMatch(/OpenResty: not compared: .*evnets/s)
})

test('a job whose installation fails ends there, with nothing asked of a command that is not there', async () => {
  const [origin, forge] = [await aRepository('no leak'), await fakeForge()]
  const broken = await job(origin, forge, { variables: { LEAK_INSTALL: 'echo no registry answers; false' } })
  expect(broken.status).toBe('failed')
  expect(broken.log).toBe(
    'no registry answers\nno note on the merge request: the job ended before anything was measured.\n',
  )
  expect(forge.calls).toEqual([])
})
