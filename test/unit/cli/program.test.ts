import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { program } from '../../../plugin/cli/program.js'
import { aTerminal } from './terminal.js'

let folder: string
let conf: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'program-'))
  conf = join(folder, 'nginx.conf')
  await writeFile(conf, 'events {}\n')
})
afterAll(() => rm(folder, { recursive: true }))

/** Exit code and what was said, for arguments that must not start anything. */
async function said(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const terminal = aTerminal()
  return { code: await program(args, terminal), ...terminal.said }
}

describe('wrong arguments end with 2 and say what is right', () => {
  test.each([
    [[], 'Usage: resty-leak'],
    [['rum'], "unknown command 'rum'"],
    [['run', '--request', '/t'], 'what is to run? Give an nginx.conf'],
    [
      ['run', 'CONF'],
      'what makes the load? Give --request /path, --requests-from FILE, --all-routes, or --command TEXT',
    ],
    [['run', 'CONF', '--reqest', '/t'], "unknown option '--reqest'\n(Did you mean --request?)"],
    [['run', 'CONF', '--request', '/t', '--json', '.'], '--json . is a folder. Name a file, such as report.json.'],
    [
      ['run', 'CONF', '--request', '/t', '--markdown', '/tmp'],
      '--markdown /tmp is a folder. Name a file, such as /tmp/',
    ],
    [['snapshot', '-p', '1', '-o', '.'], '-o . is a folder. Name a file, such as snapshot.json.'],
    [
      ['run', 'CONF', '--request', '/t', '--baseline', '.', '--update-baseline'],
      '--baseline . is a folder. Name a file, such as leaks.json.',
    ],
    [['run', 'CONF', '--request', '/t', '--threshold', 'p99:<20ms'], "'p99' is no metric; did you mean latency.p99?"],
    [['run', 'MISSPELT', '--request', '/t'], '/nginx.conf? Give the path of an nginx.conf.'],
    [['report', 'MISSPELT'], '/nginx.conf? Give what run --json wrote.'],
    [['diff', 'MISSPELT', 'CONF'], '/nginx.conf? Give what resty-leak snapshot wrote.'],
    [['compare', 'CONF', '--request', '/t'], 'compare with what? Give --base REF'],
    [['compare', 'CONF', '--bse', 'main', '--request', '/t'], "unknown option '--bse'\n(Did you mean --base?)"],
    [['run', 'CONF', '--request', '/t', '--command', 'wrk'], '--request and --command exclude each other'],
    [['run', 'CONF', '--request', '/t', '--all-routes'], '--request and --all-routes exclude each other'],
    [['run', 'CONF', '--request', '/t', '--unsafe'], '--unsafe is for --requests-from and --all-routes'],
    [['run', 'CONF', '--all-routes', '--body', 'x'], '--body would go with each request of --all-routes'],
    [['run', 'CONF', '--all-routes', '--log-format', '$request'], '--log-format is the format of an access log'],
    [
      ['run', 'CONF', '--requests-from', '/nowhere/log'],
      'cannot read /nowhere/log: no such file, and no folder /nowhere.\n',
    ],
    [['run', '--attach', '1', '--url', 'http://127.0.0.1', '--all-routes'], '--all-routes are those of a conf'],
    [['run', 'CONF', '--request', '/t', '--shell'], '--shell is for a command'],
    [['run', 'CONF', '--command', 'wrk', '--unsafe'], '--unsafe is for --requests-from and --all-routes'],
    [['run', 'CONF', '--command', 'wrk | cat'], 'the command holds |, which only a shell understands'],
    [['run', 'CONF', '--command', 'wrk', '--body', 'x'], '--body is for --request: a command makes its own requests'],
    [['run', 'CONF', '--command', 'wrk', '--connections', '3'], 'connections is for requests and work'],
    [
      ['run', 'CONF', '--command', 'wrk', '--per', 'second'],
      "argument 'second' is invalid. Allowed choices are request, connection.",
    ],
    [
      ['run', 'CONF', '--command', 'wrk', '--threshold', 'latency.p99:<20ms'],
      'latency.p99 cannot be measured of a load by command: nginx counts what a command sends',
    ],
    [['run', 'CONF', '--request', '/t', '--frobnicate', '1'], "unknown option '--frobnicate'"],
    [['run', 'CONF', '--request', '/t', '--runtime', 'docker'], 'Allowed choices are auto, local, container.'],
    [['run', 'CONF', '--request', 't'], "'t' is neither a path that begins with /"],
    [['run', 'CONF', '--request', '/t', '--amount', '1e3'], '--amount "1e3" is not a whole number.'],
    [['run', 'CONF', '--request', '/t', '--amount', '0'], 'amount 0 is no legal value'],
    [['run', 'CONF', '--request', '/t', '--timeout', '30'], '--timeout "30" has no unit: write 30s or 30ms.'],
    [['run', 'CONF', '--request', '/t', '--timeout', '0s'], '--timeout "0s" is no time at all: write 10s'],
    [['run', 'CONF', '--request', '/t', '--start-timeout', 'long'], '--start-timeout "long" is no duration: write 10s'],
    [['run', 'CONF', '--request', '/t', '--idle', '-1s'], '--idle "-1s" is no duration: write 10s'],
    [['run', 'CONF', '--request', '/t', '--drain', '1'], '--drain "1" has no unit: write 1s or 1ms.'],
    [['run', 'CONF', '--request', '/t', '--workers', 'two'], `--workers "two" is no number of worker processes`],
    [['run', 'CONF', '--request', '/t', '--workers', '0'], `--workers "0" is no number of worker processes`],
    [['run', 'CONF', '--request', '/t', '--connections', '9000'], 'connections 9000 is more than the smallest round'],
    [['run', 'CONF', '--request', '/t', '--header', 'Accept'], `--header "Accept" has no name and value`],
    [['run', 'CONF', '--request', '/t', '--expect-status', '2xx'], "'2xx' is no status range"],
    [['run', 'CONF', '--request', '/t', '--budget', 'package.loaded.x'], "'package.loaded.x' is no budget"],
    [['run', 'CONF', '--request', '/t', '--budget', 'package.loaded.x:string=1'], 'did you mean strings?'],
    [
      [
        'run',
        'CONF',
        '--request',
        '/t',
        '--budget',
        'package.loaded.x:strings=1',
        '--budget',
        'registry._LOADED.x:tables=1',
      ],
      'two budgets for one path',
    ],
    [
      [
        'run',
        'CONF',
        '--request',
        '/t',
        '--budget',
        'package.loaded.x:strings=1',
        '--budget',
        'package.loaded.x.y:tables=1',
      ],
      "budgets overlap: 'package.loaded.x' also covers 'package.loaded.x.y'",
    ],
    [['run', 'CONF', '--request', '/t', '--known', 'globals.x'], "'globals.x' is no known leak: write PATH=reason"],
    [['run', 'CONF', '--request', '/t', '--known', 'globals.x=old@2020-01-31'], 'expired on 2020-01-31 (old)'],
    [['run', 'CONF', '--request', '/t', '--baseline', '/no/such.json'], 'cannot read baseline /no/such.json: no such'],
    [['run', 'CONF', '--request', '/t', '--update-baseline'], '--update-baseline needs --baseline FILE'],
    [['doctor', '--runtime', 'docker'], 'Allowed choices are auto, local, container.'],
    [['run', 'CONF', '--request', '/t', '--threshold', 'latency'], '--threshold "latency" has no condition'],
    [['run', 'CONF', '--request', '/t', '--threshold', 'latency.p98:<20ms'], 'latency.p98'],
    [['run', 'CONF', '--request', '/t', '--prefix', '/no/such'], '--prefix /no/such: no such file or folder.'],
    [
      ['run', 'CONF', '--request', '/t', '--json', '/no/such/r.json'],
      'cannot write to that folder: no such file or folder.',
    ],
    [['run', 'CONF', '--request', '/t', '--image', 'x', '--openresty', 'y'], 'image and openresty exclude each other'],
    [['run', 'CONF', '--request', '/t', '--replace', 'app.internal'], '--replace "app.internal" is not of the form'],
    [['run', 'CONF', '--request', '/t', '--env', '=1'], '--env "=1" is not of the form NAME=VALUE.'],
    [
      ['run', '/no/such/nginx.conf', '--request', '/t'],
      'cannot read /no/such/nginx.conf: no such file, and no folder /no/such.',
    ],
    [['run', '/tmp', '--request', '/t'], '/tmp is not a file.'],
  ])('%j', async (args, message) => {
    const { code, out, err } = await said(
      ...args.map((arg) => ({ CONF: conf, MISSPELT: join(folder, 'ngnix.conf') })[arg] ?? arg),
    )
    expect(err).toContain(message)
    expect({ code, out }).toEqual({ code: 2, out: '' })
  })
})

describe('a wrong call is no bad commit', () => {
  test.each([
    ['an option that does not exist ends the search', ['--reqest', '/t'], 128, "unknown option '--reqest'"],
    ['so does a value that makes no sense', ['--request', '/t', '--amount', 'many'], 128, 'not a whole number'],
    [
      'a server that runs already is none',
      ['--request', '/t', '--attach', '1', '--url', 'http://[::1]'],
      128,
      'whatever is checked out',
    ],
    [
      'nothing is accepted on the way',
      ['--request', '/t', '--update-baseline'],
      128,
      'would accept what --bisect looks for',
    ],
    [
      'a file that is not there skips the commit',
      ['--request', '/t', '--baseline', '/no/such.json'],
      125,
      'no such file',
    ],
  ])('%s', async (_, args, code, message) => {
    const found = await said('run', conf, '--bisect', ...args)
    expect(found.err).toContain(message)
    expect({ code: found.code, out: found.out }).toEqual({ code, out: '' })
  })

  test('a commit without the conf is skipped', async () => {
    expect(await said('run', join(folder, 'gone.conf'), '--bisect', '--request', '/t')).toMatchObject({ code: 125 })
  })
})

test('help and version end with 0', async () => {
  const help = await said('run', '--help')
  expect(help).toMatchObject({ code: 0, err: '' })
  expect(help.out).toContain('Usage: resty-leak run [options] [conf]')
  expect((await said('--help')).out).toContain('Exit codes: 0 passed; 1 a growth')
  expect(await said('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
})
