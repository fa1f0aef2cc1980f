import { existsSync } from 'node:fs'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Repository } from '../../unit/compare/sides/repository.js'
import { type FakeForge, fakeForge, TOKEN } from '../../unit/forge/fake-forge.js'
import { aFolder } from '../resty-leak.js'
import { VITEST_ENV } from '../vitest-project.js'
import { runnerShell } from './container-shell.js'
import { type JobResult, runAction } from './github-runner.js'
import { aRepository, type CHANGES, installed } from './pull-request.js'
import { bash } from './shell.js'

const COMPARE = 'nginx.conf --request /t --runtime local --amount 2000 --warmup 1000 --rounds 0'

/** The job of a workflow on that pull request, in a checkout of its one commit. */
async function job(
  origin: Repository,
  forge: Pick<FakeForge, 'url'>,
  { from = 'o/r', ...inputs }: Readonly<Record<string, string>> = {},
  inContainer = false,
): Promise<JobResult> {
  const checkout = await Repository.clone(origin, '--depth', '1', '--branch', 'feature')
  const folder = await aFolder()
  const sha = (await checkout.git('rev-parse', 'HEAD')).trim()
  const event = { pull_request: { number: 7, head: { sha, repo: { full_name: from } } } }
  await writeFile(join(folder, 'event.json'), JSON.stringify(event))
  const modules = await installed()
  return runAction(
    {
      tests: 'npx --no vitest run',
      compare: COMPARE,
      'working-directory': 'gateway',
      install: `ln -s ${modules} node_modules`,
      ...inputs,
    },
    {
      folder,
      shell: inContainer ? await runnerShell(checkout.folder, folder, modules) : bash,
      github: { base_ref: 'main', token: TOKEN },
      env: {
        ...VITEST_ENV,
        GITHUB_ACTIONS: 'true',
        GITHUB_WORKSPACE: checkout.folder,
        GITHUB_REPOSITORY: 'o/r',
        GITHUB_API_URL: forge.url,
        GITHUB_SERVER_URL: 'https://forge.example',
        GITHUB_RUN_ID: '99',
        GITHUB_EVENT_PATH: join(folder, 'event.json'),
        GITHUB_BASE_REF: 'main',
      },
    },
  )
}

/** A repository whose branch has that change, and its forge. */
async function aPullRequest(change: keyof typeof CHANGES) {
  return { origin: await aRepository(change), forge: await fakeForge() }
}

/** The errors that GitHub shows beside the code. Vitest has one of its own for each test that fails, at the test. */
function errorsOf({ logs }: JobResult): string[] {
  const errors = Object.values(logs).flatMap((log) => log.match(/^::error .*$/gm) ?? [])
  return errors.filter((error) => !/^::error file=[^,]*\.test\.ts,/.test(error))
}

test('a pull request with a leak fails, with one comment, one annotation at the line, and the pages; mended, the same comment says so', {
  timeout: 300_000,
}, async () => {
  const { origin, forge } = await aPullRequest('a leak')
  const leaking = await job(origin, forge)
  expect(leaking.steps, JSON.stringify(leaking.logs)).toEqual({
    Node: 'success',
    Install: 'success',
    'Leak tests': 'failure',
    Run: 'skipped',
    Compare: 'failure',
    Reports: 'success',
    Comment: 'success',
  })
  expect(leaking.conclusion).toBe('failure')
  expect(errorsOf(leaking)).toEqual([
    expect.stringMatching(
      /^::error file=gateway\/lua\/shop\.lua,line=5,title=GET \/t keeps nothing::heap grew on 1 path: /,
    ),
  ])
  expect(leaking.summary).toContain('## OpenResty leak tests: 1 of 1 measurement failed')
  expect(leaking.summary).toContain('### :x: OpenResty: head keeps more with each request on 1 path')
  const [comment = ''] = forge.comments.values()
  expect(comment).toContain('## OpenResty memory: :x: 1 leak\n')
  expect(comment).toContain(
    '[reports](https://forge.example/o/r/actions/runs/99/artifacts/1), [log](https://forge.example/o/r/actions/runs/99)',
  )
  expect(comment).toContain('- <code>gateway/lua/shop.lua&#58;5</code>: ')
  expect(comment).toMatch(/Each measurement would have shown a leak of one object in [\d,]+ requests on the Lua heap\./)
  expect((await readdir(leaking.artifact!)).sort()).toEqual(
    expect.arrayContaining([
      'compare.html',
      'compare.json',
      'index.json',
      'shop.leak.test.ts.GET-t-keeps-nothing.html',
    ]),
  )

  await origin.commit({
    'gateway/lua/shop.lua': 'local M = {}\nfunction M.visit()\n    ngx.say("hi")\nend\nreturn M\n',
  })
  const mended = await job(origin, forge, { compare: '' })
  expect(mended.conclusion, JSON.stringify(mended.logs)).toBe('success')
  expect(errorsOf(mended)).toEqual([])
  expect([...forge.comments]).toEqual([[1, expect.stringContaining('## OpenResty memory: no leak\n')]])
})

test('a pull request without a leak passes without a comment, in a container as an ordinary user, and also where the API is out of order', {
  timeout: 300_000,
}, async () => {
  const { origin, forge } = await aPullRequest('no leak')
  const run = 'nginx.conf --request "/t?x={n}" --runtime local --amount 2000'
  const command = 'node_modules/.bin/resty-leak'
  const clean = await job(origin, forge, { tests: '', compare: '', run, command }, true)
  expect(clean.conclusion, JSON.stringify(clean.logs)).toBe('success')
  expect(clean.steps).toMatchObject({ Run: 'success', Comment: 'success' })
  expect(clean.logs.Comment).toContain('there is nothing to tell, and none is there.')
  expect(clean.summary).toContain('heap held')
  expect(forge.comments.size).toBe(0)
  expect(existsSync(join(clean.artifact!, 'run.html'))).toBe(true)
  const deaf = await job(origin, { url: 'http://127.0.0.1:9' }, { tests: '', run })
  expect(deaf.steps).toMatchObject({ Run: 'success', Compare: 'success', Comment: 'failure' })
  expect(deaf.logs.Comment).toContain('::warning title=no comment::cannot comment on pull request 7 of o/r')
  expect(deaf.conclusion).toBe('success')
})

test('a pull request from a fork has annotations and a summary, and no comment', async () => {
  const { origin, forge } = await aPullRequest('a leak')
  forge.refuseWrites({ status: 403, body: '{"message":"Resource not accessible by integration"}' })
  const fork = await job(origin, forge, { from: 'somebody/r', compare: '' })
  expect(fork.steps).toMatchObject({ 'Leak tests': 'failure', Compare: 'skipped', Comment: 'success' })
  expect(fork.logs.Comment).toContain('no comment on pull request 7 of o/r: it comes from a fork')
  expect(errorsOf(fork)).toHaveLength(1)
  expect(fork.summary).toContain('## OpenResty leak tests: 1 of 1 measurement failed')
  expect(fork.conclusion).toBe('failure')
})

test('a pull request that cannot be measured fails, and its comment says why', async () => {
  const { origin, forge } = await aPullRequest('a conf that nginx rejects')
  const broken = await job(origin, forge)
  expect(broken.steps).toMatchObject({ 'Leak tests': 'failure', Compare: 'failure', Comment: 'success' })
  expect(broken.conclusion).toBe('failure')
  const [comment = ''] = forge.comments.values()
  expect(comment).toContain('## OpenResty memory: :warning: not all could be measured\n')
  expect(comment).toContain('index.json')
  expect(comment).toMatch(/OpenResty: not compared: .*evnets/s)
})

test('what only the comparison shows is annotated at the code that owns it', async () => {
  const { origin, forge } = await aPullRequest('a leak')
  const compared = await job(origin, forge, { tests: '', comment: 'false' })
  expect(errorsOf(compared)).toEqual([
    expect.stringMatching(
      /^::error file=gateway\/lua\/shop\.lua,line=3,title=compare::head keeps more with each request/,
    ),
  ])
  expect(forge.calls).toEqual([])
})

test('an action that is asked for nothing says so, and what an earlier job left is no report', async () => {
  const { origin, forge } = await aPullRequest('no leak')
  const idle = await job(origin, forge, { tests: '', compare: '' })
  expect(idle.logs.Install).toContain('nothing to do: give tests, run or compare.')
  expect(idle.conclusion).toBe('failure')
  const left = await aFolder({ 'reports/run.json': '{}' })
  const stale = await job(origin, forge, { tests: 'false', compare: '', reports: join(left, 'reports'), artifact: '' })
  expect(stale.steps).toMatchObject({ 'Leak tests': 'failure', Reports: 'skipped' })
  expect(existsSync(join(left, 'reports/run.json'))).toBe(false)
  await rm(left, { recursive: true })
})
