import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { bootRuntime } from '../../plugin/runtime/boot.js'
import type { Runtime } from '../../plugin/types/runtime.js'
import { OpenrestyFixture } from '../../plugin/vitest/fixture.js'
import { describeWithEngine, docker } from './docker.js'
import { aFolder, confWith, masterOf, restyLeak, until } from './resty-leak.js'

const LOCATIONS = `
location = /t { content_by_lua_block { ngx.print("ok") } }
location = /keep {
  content_by_lua_block {
    kept = kept or {}
    kept[#kept + 1] = "kept " .. #kept
    ngx.print("ok")
  }
}
location = /fill { content_by_lua_block { filled = {} for i = 1, 100000 do filled[i] = "filled " .. i end } }
location = /tick {
  content_by_lua_block {
    ticks = {}
    ngx.timer.every(0.01, function() ticks[#ticks + 1] = "tick " .. #ticks end)
  }
}`

const EVERY = ['--every', '300ms']

/** A server of its own, with these workers; it goes when the test ends. */
async function aServer(workers = 1): Promise<Runtime> {
  const folder = await aFolder({ 'nginx.conf': confWith(LOCATIONS) })
  const server = await bootRuntime({ conf: join(folder, 'nginx.conf'), runtime: 'local', workers })
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

/** One request after the other, on a connection each, until the test ends. A worker that is being replaced may refuse one. */
function traffic(url: string): void {
  let isOver = false
  onTestFinished(() => {
    isOver = true
  })
  const send = async () => {
    while (!isOver) {
      const answer = await fetch(url, { headers: { connection: 'close' } }).catch(() => sleep(20))
      await answer?.text().catch(() => {})
    }
  }
  void send()
}

function watch(
  target: readonly string[],
  more: readonly string[] = [],
  meanwhile?: (child: ChildProcess) => Promise<void>,
) {
  return restyLeak(['watch', ...target, ...EVERY, ...more], meanwhile ? { meanwhile } : {})
}

async function pidsOf(server: Runtime): Promise<number[]> {
  return (await server.workers()).map(({ pid }) => pid)
}

/** Resolves once a command has written so many lines that match. */
async function linesOf(child: ChildProcess, pattern: RegExp, lines: number): Promise<void> {
  let text = ''
  child.stdout!.on('data', (data: Buffer) => {
    text += data.toString()
  })
  await until(async () => child.exitCode !== null || (text.match(new RegExp(pattern, 'gm')) ?? []).length >= lines)
}

const ROUND = /^round /

describe('a server on this machine, under traffic that is there', () => {
  test('a leak is found, and told in each round', async () => {
    const server = await aServer()
    const [pid] = await pidsOf(server)
    traffic(`${server.url}/keep`)
    const { code, out, report, left } = await watch(['-p', String(pid)])
    expect(out).toMatch(new RegExp(`^watching nginx of process ${pid}, worker ${pid}: 8 rounds of 0.3 s\nfirst look `))
    expect(
      out.match(/^round \d of 8 .* requests? .* objects .* stood still .*globals\.kept\[\*\]/gm)!.length,
    ).toBeGreaterThan(4)
    expect(out).toContain('GC roots => globals => .kept')
    expect(out).toMatch(/Stood still for [\d.]+ ms in all, [\d.]+ ms at the longest: [\d.]+ % of the time\./)
    expect(report).toMatchObject({ verdict: 'leak', growths: [{ path: 'globals.kept[*]', class: 'leak' }] })
    expect(report!.growths[0]!.objectsPerRequest).toBeCloseTo(1, 1)
    expect({ code, left }).toEqual({ code: 1, left: [] })
  })

  test('clean code passes', async () => {
    const server = await aServer()
    traffic(`${server.url}/t`)
    const { code, out, report } = await watch(['-p', String((await pidsOf(server))[0])])
    expect(out).toContain('heap held: no sustained growth in 8 rounds')
    expect({ code, verdict: report?.verdict }).toEqual({ code: 0, verdict: 'ok' })
  })

  test('growth by the clock is found without a request', async () => {
    const server = await aServer()
    await (await fetch(`${server.url}/tick`)).text()
    const { code, out, report } = await watch(['-p', String((await pidsOf(server))[0])])
    expect(out).toContain('without any request')
    expect(report).toMatchObject({ per: 'second', growths: [{ path: 'globals.ticks[*]', class: 'clock' }] })
    expect(code).toBe(1)
  })

  test.each(['worker', 'master'] as const)('it goes on through a reload, by the pid of a %s', async (named) => {
    const server = await aServer()
    const [pid] = await pidsOf(server)
    traffic(`${server.url}/keep`)
    const target = String(named === 'worker' ? pid : await masterOf(pid!))
    const { code, out, report } = await watch(['-p', target], [], async (child) => {
      await linesOf(child, ROUND, 3)
      await server.reload()
    })
    const [successor] = await pidsOf(server)
    const said = `worker ${pid} left, and ${successor} took its place`
    expect(out).toContain(`${said}: rounds are counted anew`)
    expect(report).toMatchObject({ verdict: 'leak', growths: [{ path: 'globals.kept[*]' }] })
    expect(report!.runtime.workers).toEqual([successor])
    expect(report!.reasons.join()).toContain(said)
    expect(code).toBe(1)
  })

  test('several workers are told apart', async () => {
    const server = await aServer(2)
    const pids = await pidsOf(server)
    traffic(`${server.url}/keep`)
    const { report } = await watch(['-p', String(await masterOf(pids[0]!))])
    expect(report).toMatchObject({ verdict: 'leak' })
    expect(report!.growths[0]!.workers.map(({ pid }) => pid).sort()).toEqual([...pids].sort())
  })

  test('a worker that dies ends it, with a sentence and the verdict on what was seen', async () => {
    const server = await aServer()
    const [pid] = await pidsOf(server)
    traffic(`${server.url}/keep`)
    const { code, out, report } = await watch(['-p', String(pid), '--rounds', '100'], [], async (child) => {
      await linesOf(child, /\(leak\)/, 1)
      process.kill(pid!, 'SIGKILL')
    })
    expect(out).toMatch(new RegExp(`Note: the watch ended in round \\d+, since worker ${pid} has ended`))
    expect(report).toMatchObject({ verdict: 'leak', watch: { ended: 'lost' } })
    expect(code).toBe(1)
  })

  test('Ctrl-C ends it with what was seen', async () => {
    const server = await aServer()
    const target = ['-p', String((await pidsOf(server))[0])]
    traffic(`${server.url}/keep`)
    const seen = await watch(target, ['--rounds', '100'], async (child) => {
      await linesOf(child, /\(leak\)/, 1)
      child.kill('SIGINT')
    })
    expect(seen.out).toContain('Note: the watch was interrupted: this is the verdict on what was seen')
    expect({ code: seen.code, verdict: seen.report?.verdict }).toEqual({ code: 1, verdict: 'leak' })
    const early = await watch(target, [], async (child) => {
      await linesOf(child, /^first look/, 1)
      child.kill('SIGINT')
    })
    expect({ code: early.code, verdict: early.report?.verdict }).toEqual({ code: 130, verdict: 'invalid' })
  })

  test('until a leak, and then a command that reads its report', async () => {
    const server = await aServer()
    const [pid] = await pidsOf(server)
    traffic(`${server.url}/keep`)
    const say =
      'echo "PID $PID $VERDICT $LEAK_PATH"; grep -c globals.kept "$REPORT" > /dev/null && echo "in its report"'
    const { code, err, report } = await watch(
      ['-p', String(pid)],
      ['--rounds', '100', '--until', 'leak', '--on-leak', say],
    )
    expect(report?.watch?.ended).toBe('leak')
    expect(err).toBe(`PID ${pid} leak globals.kept[*]\nin its report\n`)
    expect(code).toBe(1)
  })

  test('a program reads JSON lines, and the report in the last of them', async () => {
    const server = await aServer()
    const args = ['watch', '-p', String((await pidsOf(server))[0]), ...EVERY, '--rounds', '4', '--json']
    const { code, out } = await restyLeak(args, { json: false })
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({ event }) => event)).toEqual(['start', ...Array(5).fill('round'), 'report'])
    expect(lines[0]).toMatchObject({ format: 'resty-leak-watch/1', everyMs: 300, rounds: 4 })
    expect(lines.at(-1).report).toMatchObject({
      format: 'openresty-leak-report/1',
      verdict: 'ok',
      watch: { everyMs: 300 },
    })
    expect(code).toBe(0)
  })

  test('a look that would stop a worker for too long is left out, and three of them end it', async () => {
    const server = await aServer()
    await (await fetch(`${server.url}/fill`)).text()
    const { code, out, report } = await watch(['-p', String((await pidsOf(server))[0])], ['--max-pause', '1'])
    expect(out.match(/^look left out: .*(no more than 1 ms are allowed|longer than is allowed)/gm)).toHaveLength(3)
    expect(report).toMatchObject({ verdict: 'invalid', watch: { ended: 'lost', skipped: [{}, {}, {}] } })
    expect(code).toBe(3)
  })

  test('what cannot be watched is said: 3 for what is not there, 2 for what makes no sense', async () => {
    const gone = await watch(['-p', '4194303'])
    expect({ code: gone.code, err: gone.err }).toMatchObject({ code: 3, err: expect.stringContaining('no process') })
    for (const wrong of [
      [],
      ['-p', '1', '--rounds', '3'],
      ['-p', '1', '--every', '5'],
      ['-p', '1', '--until', 'noon'],
    ]) {
      expect((await restyLeak(['watch', ...wrong], { json: false })).code).toBe(2)
    }
  })
})

describe('in a test', () => {
  function fixture(reports: unknown[]) {
    const openresty = new OpenrestyFixture({
      testFile: import.meta.filename,
      testName: 'watch',
      defaults: {},
      signal: new AbortController().signal,
      record: (report) => reports.push(report),
    })
    onTestFinished(() => openresty[Symbol.asyncDispose]())
    return openresty
  }

  test('a server is watched while something else loads it', async () => {
    const reports: unknown[] = []
    const openresty = fixture(reports)
    const folder = await aFolder({ 'nginx.conf': confWith(LOCATIONS) })
    const server = await openresty.start({ conf: join(folder, 'nginx.conf'), runtime: 'local' })
    const watching = openresty.watch({ server, everyMs: 300 })
    traffic(`${server.url}/keep`)
    const run = await watching.report()
    expect(run).toMatchObject({ verdict: 'leak', growths: [{ path: 'globals.kept[*]' }] })
    expect(run.withBudgets({ 'globals.kept': { objects: 1 } }).violations).toHaveLength(1)
    expect(reports).toEqual([run])
  })

  test('a process is watched until the test says so', async () => {
    const server = await aServer()
    const watching = fixture([]).watch({ pid: (await pidsOf(server))[0]!, everyMs: 1, rounds: 100_000 })
    const run = await watching.stop()
    expect(run.watch?.ended).toBe('interrupted')
  })
})

describeWithEngine('a container that somebody else started', () => {
  const dockerfile = fileURLToPath(new URL('../../docker/bookworm.Dockerfile', import.meta.url))
  let id: string

  beforeAll(async () => {
    const folder = fileURLToPath(new URL('../../docker', import.meta.url))
    const image = await docker('build', '-q', '-f', dockerfile, folder)
    const head = 'worker_processes 2; include /etc/nginx/modules-enabled/*.conf;\n'
    const conf = `${head}${confWith(LOCATIONS)}`.replaceAll("'", "'\\''")
    const start = `printf '%s' '${conf}' > /etc/nginx/nginx.conf && exec nginx -g 'daemon off;'`
    id = await docker('run', '-d', '--rm', '-p', '127.0.0.1::8080', image, 'sh', '-c', start)
  })
  afterAll(async () => {
    await docker('rm', '-f', id)
  })

  test('all of its workers are watched, through a reload, and nothing is left in it', async () => {
    const port = (await docker('port', id, '8080')).split('\n')[0]
    traffic(`http://${port}/keep`)
    const { code, out, report } = await watch(['--container', id], [], async (child) => {
      await linesOf(child, ROUND, 2)
      await docker('exec', id, 'nginx', '-s', 'reload')
    })
    expect(out).toMatch(/workers \d+, \d+ left, and \d+, \d+ took their places: rounds are counted anew/)
    expect(report).toMatchObject({ verdict: 'leak', growths: [{ path: 'globals.kept[*]' }] })
    expect(code).toBe(1)
    expect(await docker('exec', id, 'sh', '-c', 'ls -A / | grep -c heapwalk || true')).toBe('0')
  })
})
