import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { waitUntil } from '../../../plugin/base/wait.js'
import { walkerPath } from '../../../plugin/heapwalk/walker-path.js'
import { type Server, serve } from '../server.js'

function heapwalk(...args: string[]) {
  const { status, stderr, stdout } = spawnSync(walkerPath(), args, { encoding: 'utf8' })
  return { status, stderr, stdout }
}

test('a process that is not nginx is refused by its command line', () => {
  const { status, stderr, stdout } = heapwalk('snap', '-p', String(process.pid))
  expect(status).toBe(3)
  expect(stderr).toContain(`process ${process.pid} is not nginx: its command line is '`)
  expect(stdout).toBe('')
})

test('a process that is gone is named', () => {
  const gone = spawnSync('true').pid
  const { status, stderr } = heapwalk('snap', '-p', String(gone))
  expect({ status, stderr }).toEqual({ status: 3, stderr: `heapwalk: no process ${gone}\n` })
})

test('a process without LuaJIT is told apart from an unknown build', async () => {
  const sleeper = spawn('sleep', ['60'])
  await once(sleeper, 'spawn')
  const { status, stderr } = heapwalk('snap', '--any', '-p', String(sleeper.pid))
  sleeper.kill()
  expect({ status, stderr }).toEqual({ status: 4, stderr: `heapwalk: process ${sleeper.pid} has no LuaJIT heap\n` })
})

test.runIf(process.getuid?.() === 0)(
  'a reader of another user is told whose process it is, and what would help',
  async () => {
    await using server = await serve({ locations: { '/up': 'ngx.print("up")' } })
    const folder = mkdtempSync(join(tmpdir(), 'heapwalk-'))
    const copy = join(folder, 'heapwalk')
    copyFileSync(walkerPath(), copy)
    spawnSync('chmod', ['-R', 'a+rx', folder])
    const { status, stderr } = spawnSync(copy, ['snap', '-p', String(server.pid)], {
      uid: 65534,
      gid: 65534,
      encoding: 'utf8',
    })
    rmSync(folder, { recursive: true })
    expect(status).toBe(3)
    expect(stderr).toBe(
      `heapwalk: cannot read process ${server.pid}: Permission denied. It runs as uid 0, this is uid 65534: run as that user, or with CAP_SYS_PTRACE (in a container: --cap-add SYS_PTRACE)\n`,
    )
  },
)

const busyFor = (seconds: number) => `local t = os.clock() + ${seconds} while os.clock() < t do end ngx.print("done")`

/** Asks for `path`, and returns once the worker is in the middle of it: its answer in an array, so that nobody waits for that. */
async function begin(server: Server, path: string): Promise<readonly [Promise<string>]> {
  const answer = server.get(path)
  await waitUntil(async () => (await server.runtime.counters())?.writing === 1, { timeoutMs: 2000 })
  return [answer]
}

test('a worker that is busy for longer than a walker may stand still is waited for', async () => {
  await using server = await serve({ locations: { '/busy': busyFor(1.5), '/up': 'ngx.print("up")' } })
  await server.get('/up')
  const [busy] = await begin(server, '/busy')
  const snapshot = await server.runtime.snapshot(server.pid)
  expect(snapshot.freeze.how).toBe('ran-on')
  expect(await busy).toBe('done')
})

test('a worker that never rests is let go of, and its code told to yield', async () => {
  await using server = await serve({ locations: { '/busy': busyFor(3), '/up': 'ngx.print("up")' } })
  await server.get('/up')
  const [busy] = await begin(server, '/busy')
  const { status, stderr } = heapwalk('snap', '--timeout', '1200', '-p', String(server.pid))
  expect(status).toBe(5)
  expect(stderr).toBe(
    `heapwalk: the worker never rested: it was busy for 1.2 s at a stretch (process ${server.pid}). Let its code yield, with ngx.sleep(0) in long loops, or try again when the work is done\n`,
  )
  expect(await busy).toBe('done')
})

test('a worker that waits outside its event loop is told apart from a busy one', async () => {
  await using server = await serve({
    locations: { '/blocked': 'os.execute("sleep 3") ngx.print("done")', '/up': 'ngx.print("up")' },
  })
  await server.get('/up')
  const [blocked] = await begin(server, '/blocked')
  const { status, stderr } = heapwalk('snap', '--timeout', '1200', '-p', String(server.pid))
  expect(status).toBe(5)
  expect(stderr).toBe(
    `heapwalk: the worker never rested: it has waited for 1.2 s outside its event loop (process ${server.pid}). Its code calls something that blocks: os.execute, io.popen, a socket or a file that is not nginx's\n`,
  )
  expect(await blocked).toBe('done')
})

test.each([
  [['snap'], 'snap needs -p PID'],
  [['snap', '-p', 'abc'], '-p takes a process id, not abc'],
  [['snap', '-p'], '-p takes a process id, not nothing'],
  [['snap', '--frobnicate'], 'unknown option --frobnicate'],
  [['snap', '-p', '1', '--freeze', 'spoon'], '--freeze takes stop or fork, not spoon'],
  [
    ['snap', '-p', '1', '--any', '--freeze', 'fork'],
    '--freeze fork is for nginx, which waits in its event loop, and --any for other programs',
  ],
  [['grow'], 'unknown command grow'],
  [[], 'no command'],
  [['exec', '--control', '3'], 'exec needs --control FD -- COMMAND'],
])('%j is a usage error', (args, message) => {
  const { status, stderr, stdout } = heapwalk(...args)
  expect(status).toBe(2)
  expect(stderr.split('\n')[0]).toBe(`heapwalk: ${message}`)
  expect(stdout).toBe('')
})

test('an output file that cannot be written is named, and nothing is left beside it', async () => {
  await using server = await serve({ locations: { '/up': 'ngx.print("up")' } })
  const file = '/nowhere/at/all.json'
  const { status, stderr } = heapwalk('snap', '-p', String(server.pid), '-o', file)
  expect(status).toBe(2)
  expect(stderr).toMatch(/^heapwalk: cannot write \/nowhere\/at\/all\.json\.\d+\.part: No such file or directory\n$/)
  expect(existsSync(file)).toBe(false)
})
