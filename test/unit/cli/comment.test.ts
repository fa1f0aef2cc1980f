import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { program } from '../../../plugin/cli/program.js'
import type { LeakReport } from '../../../plugin/types/report.js'
import { type FakeForge, fakeForge, TOKEN } from '../forge/fake-forge.js'
import { aGrowth, aLeak, aReport } from '../report/build.js'
import { aTerminal } from './terminal.js'

/** A folder with these files as JSON; it goes when the test ends. */
async function folderOf(files: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'resty-leak-comment-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, value] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), JSON.stringify(value))
  }
  return folder
}

const place = {
  source: 'demo.lua:6',
  file: 'lua/demo.lua',
  line: 6,
  function: 'go',
  perRequest: 1,
  requests: 40,
  watched: 40,
}

/** A report of a conf in the root of the repository. */
function inRepository(report: LeakReport): LeakReport {
  return { ...report, sensitivity: 1 / 2518, runtime: { ...report.runtime, folder: '' } }
}

const LEAK = inRepository(aLeak([aGrowth({ addedAt: [{ ...place, stack: [] }] })]))
const CLEAN = inRepository(aReport())

/** A pull request of a branch of `o/r`, or of a fork. */
function aPull(from = 'o/r') {
  return { pull_request: { number: 7, head: { sha: '1a2b3c4d5e6f', repo: { full_name: from } } } }
}

/** The environment of a job of GitHub about this event. */
async function onGitHub(forge: FakeForge, event: unknown = aPull()) {
  const folder = await folderOf({ 'event.json': event })
  return {
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'o/r',
    GITHUB_API_URL: forge.url,
    GITHUB_SERVER_URL: 'https://forge.example',
    GITHUB_RUN_ID: '99',
    GITHUB_EVENT_PATH: join(folder, 'event.json'),
    GITHUB_TOKEN: TOKEN,
  }
}

function onGitLab(forge: FakeForge) {
  return {
    GITLAB_CI: 'true',
    CI_API_V4_URL: forge.url,
    CI_MERGE_REQUEST_IID: '7',
    CI_MERGE_REQUEST_PROJECT_ID: '42',
    CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '42',
    CI_MERGE_REQUEST_PROJECT_PATH: 'o/r',
    CI_COMMIT_SHA: '1a2b3c4d5e6f',
    CI_JOB_URL: 'https://forge.example/jobs/99',
    GITLAB_TOKEN: TOKEN,
  }
}

type Env = Readonly<Record<string, string>>

/** Exit code and what was said. */
async function comment(env: Env, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const terminal = { ...aTerminal(), env }
  return { code: await program(['comment', ...args], terminal), ...terminal.said }
}

const forges = [
  ['GitHub', (forge: FakeForge) => onGitHub(forge), 'pull request 7 of o/r', 'PATCH /repos/o/r/issues/comments/1'],
  [
    'GitLab',
    async (forge: FakeForge) => onGitLab(forge),
    'merge request 7 of o/r',
    'PUT /projects/42/merge_requests/7/notes/1',
  ],
] as const

describe.each(forges)('on %s', (name, environment, title, update) => {
  test('a leak is a comment that names the line, the report, the log and how small a leak would have shown', async () => {
    const forge = await fakeForge()
    const folder = await folderOf({ 'run.json': LEAK })
    const { code, out, err } = await comment(
      await environment(forge),
      join(folder, 'run.json'),
      '--artifact',
      'https://forge.example/artifact',
    )
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toBe(`commented on ${title}.\n`)
    const [text = ''] = forge.comments.values()
    expect(text).toMatch(/^<!-- vitest-openresty-leak comment openresty-leak -->\n## OpenResty memory: :x: 1 leak\n/)
    expect(text).toMatch(/\nCommit <code>1a2b3c4<\/code>, \[reports\]\(https:\/\/forge\.example\/artifact\), \[log\]\(/)
    expect(text).toContain('**Where to look**\n\n- <code>lua/demo.lua&#58;6</code>: ')
    expect(text).toContain('added at demo.lua:6 in go')
    expect(text).toContain('The measurement would have shown a leak of one object in 2,518 requests on the Lua heap.')
  })

  test('the next push updates it, also where nothing leaks any more', async () => {
    const forge = await fakeForge()
    const folder = await folderOf({ 'leak.json': LEAK, 'clean.json': CLEAN })
    const env = await environment(forge)
    await comment(env, join(folder, 'leak.json'))
    const { code, out } = await comment(env, join(folder, 'clean.json'))
    expect({ code, out }).toEqual({ code: 0, out: `updated the comment on ${title}.\n` })
    expect(forge.writes.at(-1)).toBe(update)
    expect([...forge.comments.values()]).toEqual([expect.stringContaining('## OpenResty memory: no leak\n')])
  })

  test('it is found among hundreds of others', async () => {
    const forge = await fakeForge()
    const folder = await folderOf({ 'leak.json': LEAK })
    for (let id = 1; id <= 250; id++)
      forge.comments.set(id, id === 1 ? null : 'I quote <!-- vitest-openresty-leak comment openresty-leak -->')
    const env = await environment(forge)
    await comment(env, join(folder, 'leak.json'))
    await comment(env, join(folder, 'leak.json'))
    expect(forge.comments.size).toBe(251)
  })

  test('another job has a comment of its own', async () => {
    const forge = await fakeForge()
    const folder = await folderOf({ 'leak.json': LEAK })
    const env = await environment(forge)
    await comment(env, join(folder, 'leak.json'))
    await comment(env, join(folder, 'leak.json'), '--name', 'the other gateway -->')
    expect([...forge.comments.values()].map((text) => text?.split('\n')[0])).toEqual([
      '<!-- vitest-openresty-leak comment openresty-leak -->',
      '<!-- vitest-openresty-leak comment the-other-gateway- -->',
    ])
  })

  test('no leak is no comment', async () => {
    const forge = await fakeForge()
    const folder = await folderOf({ 'clean.json': CLEAN })
    const { code, out } = await comment(await environment(forge), join(folder, 'clean.json'))
    expect({ code, out }).toEqual({
      code: 0,
      out: `no comment on ${title}: there is nothing to tell, and none is there.\n`,
    })
    expect(forge.writes).toEqual([])
  })

  test.each([
    [
      'a report that nobody got as far as to write',
      'none.json',
      ':warning: Not measured: <code>',
      'it was never written, and the log says why.',
    ],
    ['a run that was invalid', 'invalid.json', 'not measured: nginx rejected the conf', ''],
    ['a file that was cut off', 'cut.json', ':warning: Not measured: <code>', 'it is no JSON, or was cut off'],
    ['a file of another kind', 'other.json', ':warning: Not measured: <code>', 'its format is "x/1"'],
  ])('what cannot be measured is told: %s', async (_, file, ...words) => {
    const forge = await fakeForge()
    const invalid = aReport({ verdict: 'invalid', passed: false, reasons: ['nginx rejected the conf'] })
    const folder = await folderOf({ 'invalid.json': invalid, 'other.json': { format: 'x/1' } })
    await writeFile(join(folder, 'cut.json'), '{ "format": "openresty')
    const { code } = await comment(await environment(forge), join(folder, file))
    expect(code).toBe(0)
    const [text = ''] = forge.comments.values()
    expect(text).toContain('## OpenResty memory: :warning: not all could be measured\n')
    for (const word of words) expect(text).toContain(word)
  })

  test.each([
    ['500', { status: 500, body: '{"message":"out of order"}' }, 'answers 500 out of order. Run the job again.'],
    ['a page of a proxy', { status: 502, body: '<html>' }, 'answers 502. Run the job again.'],
    ['a refusal of the text', { status: 422, body: '{"message":"too long"}' }, 'answers 422 too long. See'],
    ['no JSON', { status: 200, body: 'hello' }, 'answers no JSON. Is its address that of an API?'],
  ])('an API that fails is told with its answer and what to do: %s', async (_, answer, message) => {
    const forge = await fakeForge()
    forge.refuseWrites(answer)
    const folder = await folderOf({ 'leak.json': LEAK })
    const { code, out, err } = await comment(await environment(forge), join(folder, 'leak.json'))
    expect(out).toMatch(
      name === 'GitHub' ? /^::warning title=no comment::cannot comment on pull request 7 .*\n$/ : /^$/,
    )
    expect(err).toContain(`${title}: ${name} (POST ${forge.url}/`)
    expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining(message) })
  })

  test('an API that nobody reaches is told with its address', async () => {
    const forge = await fakeForge()
    const env = {
      ...(await environment(forge)),
      GITHUB_API_URL: 'http://127.0.0.1:9',
      CI_API_V4_URL: 'http://127.0.0.1:9',
    }
    const folder = await folderOf({ 'leak.json': LEAK })
    const { code, err } = await comment(env, join(folder, 'leak.json'))
    expect(code).toBe(3)
    expect(err).toContain('(GET http://127.0.0.1:9/')
    expect(err).toMatch(/does not answer: \S+.*\. Run the job again\./)
  })

  test('an address that is that of no API is told', async () => {
    const forge = await fakeForge()
    const folder = await folderOf({ 'leak.json': LEAK })
    forge.answerReads({ hello: 'world' })
    const { code, err } = await comment(await environment(forge), join(folder, 'leak.json'))
    expect({ code, err }).toEqual({
      code: 3,
      err: expect.stringContaining('answers no list. Is its address that of an API?'),
    })
  })

  test('a token that is wrong, or not there, is told with where it comes from', async () => {
    const forge = await fakeForge()
    const folder = await folderOf({ 'leak.json': LEAK })
    const env = await environment(forge)
    const wrong = await comment({ ...env, GITHUB_TOKEN: 'x', GITLAB_TOKEN: 'x' }, join(folder, 'leak.json'))
    const none = await comment({ ...env, GITHUB_TOKEN: '', GITLAB_TOKEN: '' }, join(folder, 'leak.json'))
    expect([wrong.code, none.code]).toEqual([3, 3])
    expect(wrong.err).toMatch(
      /answers 401 Bad credentials\. (?:GITHUB_TOKEN is not valid: give|GITLAB_TOKEN has to be)/,
    )
    expect(none.err).toMatch(/(?:GITHUB|GITLAB)_TOKEN is not set\./)
  })

  test('what failed outside of any measurement is told', async () => {
    const forge = await fakeForge()
    const folder = await folderOf({ 'clean.json': CLEAN })
    await comment(await environment(forge), join(folder, 'clean.json'), '--failed')
    expect([...forge.comments.values()]).toEqual([
      expect.stringContaining(':warning: The job failed, and no measurement says why: its log does.'),
    ])
  })
})

describe('a fork', () => {
  const forbidden = { status: 403, body: '{"message":"Resource not accessible by integration"}' }

  test('on GitHub has a token that may not write: no comment, and said so', async () => {
    const forge = await fakeForge()
    forge.refuseWrites(forbidden)
    const folder = await folderOf({ 'leak.json': LEAK })
    const { code, out, err } = await comment(await onGitHub(forge, aPull('somebody/r')), join(folder, 'leak.json'))
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toBe(
      "no comment on pull request 7 of o/r: it comes from a fork, whose jobs may not write. The job's log and reports say the same.\n",
    )
  })

  test('on GitLab has no token', async () => {
    const forge = await fakeForge()
    const folder = await folderOf({ 'leak.json': LEAK })
    const env = { ...onGitLab(forge), CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '43', GITLAB_TOKEN: '' }
    const { code, out } = await comment(env, join(folder, 'leak.json'))
    expect(code).toBe(0)
    expect(out).toContain('it comes from a fork')
  })

  test('is none where the branch is of the same repository: a token without the right is a mistake', async () => {
    const forge = await fakeForge()
    forge.refuseWrites(forbidden)
    const folder = await folderOf({ 'leak.json': LEAK })
    const { code, err } = await comment(await onGitHub(forge), join(folder, 'leak.json'))
    expect(code).toBe(3)
    expect(err).toContain(
      'answers 403 Resource not accessible by integration. The token may not write there: give the job',
    )
    expect(err).toContain('pull-requests: write')
  })
})

test('a push without a pull request has nothing to comment on', async () => {
  const forge = await fakeForge()
  const folder = await folderOf({ 'leak.json': LEAK })
  const { code, out } = await comment(await onGitHub(forge, { ref: 'refs/heads/main' }), join(folder, 'leak.json'))
  expect({ code, out }).toEqual({ code: 0, out: 'no comment: this job is about no pull request.\n' })
  expect(forge.calls).toEqual([])
})

test('leak tests are told by their names, at their files', async () => {
  const folder = await folderOf({
    'reports/index.json': {
      format: 'openresty-leak-index/1',
      reports: [
        { report: 'a.json', file: 'test/a.leak.test.ts', project: '', test: 'GET /a keeps nothing', state: 'failed' },
        { report: 'b.json', file: 'test/b.leak.test.ts', project: '', test: 'GET /b keeps nothing', state: 'passed' },
      ],
    },
    'reports/a.json': aReport({ verdict: 'invalid', passed: false, reasons: ['GET /a answers 500'] }),
    'reports/b.json': CLEAN,
  })
  const quality = join(folder, 'quality.json')
  const { out, code } = await comment({}, join(folder, 'reports/index.json'), '--dry-run', '--code-quality', quality)
  expect(code).toBe(0)
  expect(out).toContain('| ✗ | GET /a keeps nothing | invalid |  |\n| ✓ | GET /b keeps nothing | ok |  |\n')
  expect(JSON.parse(await readFile(quality, 'utf8'))).toMatchObject([
    { check_name: 'openresty-unmeasured', location: { path: expect.stringMatching(/(^|\/)test\/a\.leak\.test\.ts$/) } },
  ])
})

test('Code Quality has a leak once, at its line, by a fingerprint that does not go with the line', async () => {
  const moved = inRepository(aLeak([aGrowth({ addedAt: [{ ...place, line: 60, stack: [] }] })]))
  const folder = await folderOf({ 'a.json': LEAK, 'b.json': LEAK, 'moved.json': moved, 'clean.json': CLEAN })
  const quality = async (...names: string[]) => {
    const file = join(folder, 'quality.json')
    const env = { GITLAB_CI: 'true', CI_PROJECT_DIR: process.cwd() }
    await comment(env, ...names.map((name) => join(folder, name)), '--code-quality', file)
    return JSON.parse(await readFile(file, 'utf8'))
  }
  const [entry, ...others] = await quality('a.json', 'b.json')
  expect(others).toEqual([])
  expect(entry).toEqual({
    description: expect.stringMatching(
      /^heap grew on 1 path: .*; registry\._LOADED\.demo\.go\.\^foo\[\*\] .* added at demo/,
    ),
    check_name: 'openresty-leak',
    fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    severity: 'critical',
    location: { path: 'lua/demo.lua', lines: { begin: 6 } },
  })
  expect(await quality('moved.json')).toEqual([
    { ...entry, description: expect.anything(), location: { path: 'lua/demo.lua', lines: { begin: 60 } } },
  ])
  expect(await quality('clean.json')).toEqual([])
})

test('anywhere else it says where comments are made', async () => {
  const folder = await folderOf({ 'leak.json': LEAK })
  const { code, err } = await comment({}, join(folder, 'leak.json'))
  expect(code).toBe(2)
  expect(err).toContain('neither GITHUB_ACTIONS nor GITLAB_CI is true. Give --dry-run')
})

test('an event that cannot be read is told', async () => {
  const forge = await fakeForge()
  const env = { ...(await onGitHub(forge)), GITHUB_EVENT_PATH: '/nowhere/event.json' }
  const folder = await folderOf({ 'leak.json': LEAK })
  const { code, err } = await comment(env, join(folder, 'leak.json'))
  expect(code).toBe(3)
  expect(err).toContain('cannot read the event /nowhere/event.json that GITHUB_EVENT_PATH names')
})
