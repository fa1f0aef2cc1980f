import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ResidentWalker } from '../../../plugin/heapwalk/resident-walker.js'
import { walkerErrorFor } from '../../../plugin/heapwalk/walker-error.js'
import { walkerPath } from '../../../plugin/heapwalk/walker-path.js'

let folder: string
let logFd: number
const started: ResidentWalker[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'walker-'))
  logFd = openSync(join(folder, 'log'), 'a')
})
afterEach(async () => {
  for (const walker of started.splice(0)) await walker.quit()
  closeSync(logFd)
  rmSync(folder, { recursive: true })
})

async function start(command: string, ...args: string[]): Promise<ResidentWalker> {
  const walker = await ResidentWalker.start(command, args, { logFd, folder })
  started.push(walker)
  return walker
}

/** False for a zombie too: where nothing reaps orphans they stay. */
function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

describe('the executable', () => {
  test('says what it looked for where there is none', () => {
    expect(() => walkerPath('z80')).toThrow(
      expect.objectContaining({ code: 'WALKER_MISSING', message: expect.stringContaining('heapwalk-linux-z80') }),
    )
  })
})

describe('an exit code', () => {
  test.each([
    [2, 'WALKER_USAGE'],
    [3, 'WALKER_CANNOT_READ'],
    [4, 'WALKER_UNKNOWN_BUILD'],
    [5, 'WALKER_NOT_EXACT'],
    [139, 'WALKER_ENDED'],
  ])('%i is %s', (exitCode, code) => {
    expect(walkerErrorFor(exitCode, 'heapwalk: 7: why\n', 'read process 7')).toMatchObject({
      code,
      message: 'cannot read process 7: 7: why',
    })
  })

  test('without a word is shown', () => {
    expect(walkerErrorFor(139, '', 'x').message).toBe('cannot x: heapwalk ended with code 139 (SIGSEGV)')
    expect(walkerErrorFor(1, '', 'x').message).toBe('cannot x: heapwalk ended with code 1')
    expect(walkerErrorFor(null, '', 'x').message).toBe('cannot x: heapwalk ended with code null')
  })
})

describe('a resident walker', () => {
  test('starts the command, and ends it when it quits', async () => {
    const walker = await start('/bin/sleep', '100')
    expect(isRunning(walker.nginxPid)).toBe(true)
    await walker.quit()
    expect(isRunning(walker.nginxPid)).toBe(false)
  })

  test('may quit twice', async () => {
    const walker = await start('/bin/sleep', '100')
    await walker.quit()
    await expect(walker.quit()).resolves.toBeUndefined()
  })

  test('ends what the command started too', async () => {
    const walker = await start('/bin/sh', '-c', 'sleep 100 & echo $! >&2; wait')
    await expect.poll(() => readFileSync(join(folder, 'log'), 'utf8')).toMatch(/\d+\n/)
    const child = Number.parseInt(readFileSync(join(folder, 'log'), 'utf8'), 10)
    await walker.quit()
    expect(isRunning(child)).toBe(false)
  })

  test('answers each question in its turn', async () => {
    const walker = await start('/bin/sleep', '100')
    const asked = [4194305, walker.nginxPid, 4194306].map((pid) => walker.heapwalk.snapshot({ pid }))
    const answers = await Promise.allSettled(asked)
    const messages = answers.map((answer) => (answer.status === 'rejected' ? String(answer.reason.message) : 'ok'))
    expect(messages).toEqual([
      expect.stringContaining('cannot take a snapshot of worker 4194305'),
      expect.stringContaining(`cannot take a snapshot of worker ${walker.nginxPid}`),
      expect.stringContaining('cannot take a snapshot of worker 4194306'),
    ])
  })

  test('says of a process without LuaJIT that it has none, and leaves no file', async () => {
    const walker = await start('/bin/sleep', '100')
    await expect(walker.heapwalk.snapshot({ pid: walker.nginxPid })).rejects.toMatchObject({
      name: 'WalkerError',
      code: expect.stringMatching(/^WALKER_(UNKNOWN_BUILD|CANNOT_READ)$/),
    })
    expect(readdirSync(folder)).toEqual(['log'])
  })

  test('tells that the command has ended', async () => {
    const walker = await start('/bin/sh', '-c', 'exit 7')
    await expect.poll(() => walker.ended?.message).toMatch(/code 7/)
    await expect(walker.heapwalk.counters({ pid: walker.nginxPid })).rejects.toMatchObject({ code: 'WALKER_ENDED' })
  })

  test('does not start a command that does not exist', async () => {
    await expect(start('/no/such/nginx')).rejects.toMatchObject({
      code: 'WALKER_ENDED',
      message: expect.stringContaining('/no/such/nginx'),
    })
  })

  test('keeps a question from waiting for ever when it is killed', async () => {
    const walker = await start('/bin/sleep', '100')
    const parent = Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${walker.nginxPid}/stat`, 'utf8'))?.[1])
    process.kill(parent, 'SIGKILL')
    await expect(walker.heapwalk.snapshot({ pid: walker.nginxPid })).rejects.toMatchObject({ code: 'WALKER_ENDED' })
    await expect.poll(() => isRunning(walker.nginxPid)).toBe(false)
  })
})
