import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { measure } from '../../../plugin/measure/measure.js'
import { makePlan } from '../../../plugin/measure/plan.js'
import { bootRuntime } from '../../../plugin/runtime/boot.js'
import { describeWithEngine } from '../docker.js'
import { type Outcome, restyLeak } from '../resty-leak.js'

const inFolder = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const K6 = `${process.execPath} ${inFolder('k6-like.mjs')}`

const has = (tool: string) => spawnSync(tool, ['--version']).error === undefined

/** `resty-leak run` with that command; nothing of it may be left. */
async function run(command: string, ...more: string[]): Promise<Outcome> {
  const token = `t${process.pid}-${Math.random().toString(36).slice(2)}`
  const args = ['run', inFolder('nginx.conf'), '--runtime', 'local', '--command', command, ...more]
  const outcome = await restyLeak(args, { env: { DRIVERS_TEST: token } })
  expect(outcome.left).toEqual([])
  expect(processesWith(token)).toEqual([])
  return outcome
}

/** Command lines of processes that have this in their environment: whatever the command has started, however far away. */
function processesWith(token: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return []
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`DRIVERS_TEST=${token}`)
        ? [readFileSync(`/proc/${pid}/cmdline`, 'latin1')]
        : []
    } catch {
      // it has ended meanwhile
      return []
    }
  })
}

function expectKept({ report, code, out }: Outcome): void {
  expect({ code, out, ...report }).toMatchObject({
    code: 1,
    verdict: 'leak',
    growths: [{ class: 'leak', path: 'registry._LOADED.plain.keep.^kept[*]' }],
    load: { driver: 'command', unit: 'request' },
  })
  expect(report!.growths[0]!.types.string!.objectsPerRequest).toBeCloseTo(1, 2)
  // the line is found in a second start, which ends the command once it has seen enough
  expect(report!.growths[0]!.addedAt![0]).toMatchObject({ line: 5 })
}

function expectClean({ report, code, out }: Outcome): void {
  expect({ code, out, ...report }).toMatchObject({ code: 0, verdict: 'ok', growths: [] })
  const { rounds, completed, asked, counter } = report!.requests
  expect(completed).toBe(rounds.reduce((sum, round) => sum + round, 0))
  expect(counter).toBe(completed)
  expect(asked).toBe(completed)
}

test.skipIf(!has('wrk'))('wrk against a server that keeps something of each request is a leak', async () => {
  const outcome = await run('wrk -t1 -c4 -d1s "$URL/t?keep=1"')
  expectKept(outcome)
  expect(outcome.out).toContain('Load by the command wrk -t1 -c4 -d1s "$URL/t?keep=1"')
})

test.skipIf(!has('wrk'))(
  'wrk against one that keeps nothing is clean, and its rounds are what nginx counted',
  async () => {
    expectClean(await run('wrk -t1 -c4 -d1s "$URL/t"', '--threshold', 'requests.rate:> 1/s'))
  },
)

test.skipIf(!has('h2load'))('h2load is told the size of each round, and what it keeps is a leak', async () => {
  const outcome = await run('h2load --h1 -n $AMOUNT -c4 "$URL/t?keep=1"', '--amount', '1000', '--warmup', '100')
  expectKept(outcome)
  const planned = outcome.report!.requests.rounds
  expect(planned.reduce((sum, round) => sum + round, 0)).toBe(1000)
})

test.skipIf(!has('h2load'))('h2load over HTTP/2 without TLS, to a server that is not the first, is clean', async () => {
  expectClean(await run('h2load -n 500 -c4 http://127.0.0.1:$PORT_82/echo.Clean/Say', '--amount', '2000'))
})

test('a script with the manners of k6 finds the leak of its requests', async () => {
  expectKept(await run(`${K6} $URL/t?keep=1 300`, '--amount', '1500'))
})

test('a script with the manners of k6 is clean where nothing is kept', async () => {
  expectClean(await run(`${K6} $URL/t 300`, '--amount', '1500'))
})

test('a command that ends with another exit code than 0 says why by its last lines', async () => {
  const { code, report, err, out } = await run(`${K6} $URL/nowhere 20`)
  expect({ code, out: out + err }).toMatchObject({ code: 3 })
  expect(report).toMatchObject({ verdict: 'invalid', load: null })
  expect(report!.reasons[0]).toContain(
    'the command ended with exit code 99 (in the warm-up). Its last lines:\n  http_reqs: 20\n  http_req_failed: 20\n  ERRO[0001] thresholds on metrics http_req_failed have been crossed',
  )
})

test('a command that hangs is ended with all that it has started, also what has left its process group', async () => {
  const command = `setsid sleep 1000 & (sleep 1001 & sleep 1002) & trap "" TERM; echo waiting; sleep 1003; sleep 1004`
  const { code, report } = await run(command, '--shell', '--timeout', '1s')
  expect({ code, ...report }).toMatchObject({ code: 3, verdict: 'invalid' })
  expect(report!.reasons[0]).toMatch(
    /^the command did not end within 1 s, and was ended with all that it had started\. Where it needs longer: --timeout 5m.*\(in the warm-up\)\. Its last lines:\n {2}waiting$/s,
  )
})

test('what a command leaves behind when it ends is ended, too', async () => {
  const { report } = await run('setsid sleep 1000 & exit 4', '--shell')
  expect(report!.reasons[0]).toBe('the command ended with exit code 4 (in the warm-up). It wrote nothing.')
})

test('a command that sends nothing, or to another server, is told where to send it', async () => {
  const nothing = await run('true')
  expect(nothing).toMatchObject({ code: 3, report: { verdict: 'invalid' } })
  expect(nothing.report!.reasons[0]).toMatch(
    /^the command ended well, but nginx counted no request meanwhile\. It has to send to \$URL, http:\/\/127\.0\.0\.1:\d+ here \(other ports of the conf: .*\$PORT_90, \d+ here\) \(in the warm-up\)/,
  )
  const other = createServer((_, response) => response.end('hello'))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const { port } = other.address() as AddressInfo
  const elsewhere = await run(`${K6} http://127.0.0.1:${port}/ 20`)
  expect(elsewhere.report!.reasons[0]).toContain('nginx counted no request meanwhile')
})

test('a command that cannot be started, or names a port that the conf does not have, is said at once', async () => {
  const { report } = await run('no-such-load-generator $URL')
  expect(report!.reasons[0]).toContain(
    'cannot start no-such-load-generator: No such file or directory. Is it installed',
  )
  const wrong = await run('wrk http://127.0.0.1:$PORT_99/')
  expect(wrong.report!.reasons[0]).toContain('the conf does not listen on port 99; it listens on 80, 81, 82, 90')
})

test('a run that is interrupted leaves nothing of its command', async () => {
  const token = `t${process.pid}-interrupted`
  const outcome = await restyLeak(
    ['run', inFolder('nginx.conf'), '--runtime', 'local', '--shell', '--command', 'setsid sleep 1000 & sleep 1001'],
    {
      env: { DRIVERS_TEST: token },
      async meanwhile(child) {
        await expect
          .poll(() => processesWith(token).some((line) => line.startsWith('sleep\0')), { timeout: 20_000 })
          .toBe(true)
        child.kill('SIGINT')
      },
    },
  )
  expect(outcome).toMatchObject({ code: 130, left: [] })
  expect(processesWith(token)).toEqual([])
})

test('rounds in which a command did too little to tell anything do not pass', async () => {
  const { code, report } = await run(`${K6} $URL/t 10`, '--amount', '2000')
  expect({ code, ...report }).toMatchObject({ code: 3, verdict: 'invalid', passed: false })
  expect(report!.reasons[0]).toMatch(
    /^rounds 1, 2, 3, 4, 5 had too few requests to tell: 1[0-3], where 50 show a leak in every tenth/,
  )
})

test('growth by command is counted by accepted connection where that is asked for', async () => {
  const { report } = await run(`${K6} $URL/t?keep=1 200`, '--amount', '500', '--per', 'connection', '--no-locate')
  expect(report).toMatchObject({ verdict: 'leak', per: 'connection', load: { unit: 'connection' } })
  expect(report!.growths[0]!.types.string!.objectsPerRequest).toBeGreaterThan(10)
})

describeWithEngine('in a container', () => {
  test('a command and a work reach the ports where they are published', async () => {
    await using runtime = await bootRuntime({ conf: inFolder('nginx.conf'), runtime: 'container' })
    const command = await measure(
      runtime,
      makePlan({ command: `${K6} http://127.0.0.1:$PORT_90/?keep=1 200`, amount: 1000, locate: false }),
    )
    expect(command).toMatchObject({ verdict: 'leak', growths: [{ path: 'registry._LOADED.plain.keep.^kept[*]' }] })
    const work = await measure(
      runtime,
      makePlan({
        amount: 1000,
        work: async ({ port }) => void (await (await fetch(`http://127.0.0.1:${port(90)}/`)).text()),
      }),
    )
    expect(work).toMatchObject({ verdict: 'ok', load: { driver: 'work', completed: 1000 } })
  })
})
