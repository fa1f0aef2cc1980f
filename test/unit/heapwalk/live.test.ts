import { expect, test } from 'vitest'
import { LiveNginx, type LivePlace } from '../../../plugin/heapwalk/live.js'
import { tarOf } from '../../../plugin/heapwalk/tar.js'

const PROCESSES = [
  { pid: 5, ppid: 1, uid: 0, role: 'master', exiting: false, title: 'nginx: master process' },
  { pid: 6, ppid: 5, uid: 33, role: 'worker', exiting: false, title: 'nginx: worker process' },
  { pid: 7, ppid: 5, uid: 33, role: 'worker', exiting: true, title: 'nginx: worker process is shutting down' },
  { pid: 8, ppid: 5, uid: 33, role: 'other', exiting: false, title: 'nginx: cache manager process' },
  { pid: 9, ppid: 5, uid: 0, role: 'agent', exiting: false, title: 'nginx: privileged agent process' },
  { pid: 10, ppid: 5, uid: 0, role: 'other', exiting: false, sameProgram: null, title: 'event broker' },
  { pid: 11, ppid: 9, uid: 0, role: 'other', exiting: false, title: 'sleep 10' },
  { pid: 12, ppid: 5, uid: 0, role: 'other', exiting: false, sameProgram: false, title: 'sh -c rotatelogs' },
  { pid: 16, ppid: 15, uid: 33, role: 'worker', exiting: false, title: 'nginx: worker process' },
].map((each) => ({ sameProgram: true, ...each }))

/** A place where heapwalk answers as told; the commands it was given are kept. */
function place(
  answer: (args: readonly string[], uid?: number) => { exitCode: number; stdout?: string; stderr?: string },
) {
  const asked: string[] = []
  const exec = async (args: readonly string[], uid?: number) => {
    asked.push(`${args.join(' ')}${uid === undefined ? '' : ` as ${uid}`}`)
    if (args[0] === 'ps') return { exitCode: 0, stdout: JSON.stringify(PROCESSES), stderr: '' }
    return { stdout: '', stderr: '', ...answer(args, uid) }
  }
  const here: LivePlace = { description: 'a test', exec, [Symbol.asyncDispose]: async () => {} }
  return { here, asked }
}

const ESTIMATE = { exitCode: 0, stdout: '{"copyBytes":1,"pauseUs":2}' }

test.each([
  [6, [6]],
  [5, [6]],
  [undefined, [6, 16]],
  [9, [9]],
  [10, [10]],
])('pid %s means the processes %j', async (pid, workers) => {
  const live = new LiveNginx(place(() => ESTIMATE).here, pid)
  expect((await live.workers()).map((worker) => worker.pid)).toEqual(workers)
})

test('what is no nginx is told in the words of heapwalk', async () => {
  const { here } = place(() => ({
    exitCode: 3,
    stderr: "heapwalk: process 99 is not nginx: its command line is 'x'\n",
  }))
  await expect(new LiveNginx(here, 99).workers()).rejects.toMatchObject({
    code: 'WALKER_CANNOT_READ',
    message: "cannot read process 99: process 99 is not nginx: its command line is 'x'",
  })
  await expect(new LiveNginx(place(() => ESTIMATE).here, 98).workers()).rejects.toThrow(
    'process 98 is neither a master of nginx nor below one.',
  )
})

test.each([
  [5, [9, 10]],
  [undefined, [9, 10]],
  [6, []],
  [15, []],
])('beside the workers of pid %s there may be Lua in %j', async (pid, others) => {
  const live = new LiveNginx(place(() => ESTIMATE).here, pid)
  expect((await live.others()).map((each) => each.pid)).toEqual(others)
})

test('a worker is read as its own user, and as root only where that user may not', async () => {
  const [worker] = PROCESSES.filter(({ pid }) => pid === 6) as never[]
  const own = place(() => ESTIMATE)
  await new LiveNginx(own.here).heapwalk.estimate(worker!)
  expect(own.asked).toEqual(['estimate -p 6 as 33'])

  const root = place((_args, uid) => (uid === 0 ? ESTIMATE : { exitCode: 3 }))
  const live = new LiveNginx(root.here)
  await live.heapwalk.estimate(worker!)
  await live.heapwalk.estimate(worker!)
  expect(root.asked).toEqual(['estimate -p 6 as 33', 'estimate -p 6 as 0', 'estimate -p 6 as 0'])

  const nobody = place((_args, uid) => ({ exitCode: 3, stderr: `heapwalk: not as ${uid}` }))
  await expect(new LiveNginx(nobody.here).heapwalk.estimate(worker!)).rejects.toThrow('not as 33')
})

test('what is asked for reaches heapwalk', async () => {
  const { here, asked } = place(() => ({ exitCode: 5, stderr: 'heapwalk: not tried' }))
  const [worker] = PROCESSES.filter(({ pid }) => pid === 6) as never[]
  const taken = new LiveNginx(here).heapwalk.snapshot(worker!, { retained: true, maxPauseMs: 20 })
  await expect(taken).rejects.toMatchObject({ code: 'WALKER_NOT_EXACT' })
  const cheap = new LiveNginx(here).heapwalk.snapshot(worker!, { retained: 'cheap', details: true })
  await expect(cheap).rejects.toMatchObject({ code: 'WALKER_NOT_EXACT' })
  const none = new LiveNginx(here).heapwalk.snapshot(worker!, { retained: false, details: false, freeze: 'stop' })
  await expect(none).rejects.toMatchObject({ code: 'WALKER_NOT_EXACT' })
  const cloned = new LiveNginx(here).heapwalk.snapshot(worker!, { freeze: 'fork', maxPauseMs: 20 })
  await expect(cloned).rejects.toMatchObject({ code: 'WALKER_NOT_EXACT' })
  await expect(new LiveNginx(here).heapwalk.estimate(worker!, { freeze: 'fork' })).rejects.toThrow('not tried')
  expect(asked).toEqual([
    'snap -p 6 --retained --max-pause 20 as 33',
    'snap -p 6 --cheap-retained --details as 33',
    'snap -p 6 as 33',
    'snap -p 6 --freeze fork --max-pause 20 as 33',
    'estimate -p 6 --freeze fork as 33',
  ])
})

test('where the files of a core are reaches heapwalk', async () => {
  const { here, asked } = place(() => ({ exitCode: 2, stderr: 'heapwalk: no core' }))
  const { heapwalk } = new LiveNginx(here)
  await expect(heapwalk.read({ core: 'core.7' })).rejects.toThrow('cannot use --core core.7: no core')
  await expect(heapwalk.read({ core: 'core.7', sysroot: '/mnt', program: '/old/nginx' })).rejects.toThrow()
  expect(asked).toEqual(['read core.7', 'read core.7 --sysroot /mnt --exe /old/nginx'])
})

test('half a snapshot is no reason why heapwalk ended; what an engine says that could not start it is', async () => {
  const [worker] = PROCESSES.filter(({ pid }) => pid === 6) as never[]
  const failure = (exitCode: number, stdout: string) =>
    new LiveNginx(place(() => ({ exitCode, stdout })).here).heapwalk.snapshot(worker!).catch(({ message }) => message)
  expect(await failure(137, '{"format":"resty-heap/1","pid":6,')).toBe(
    'cannot take a snapshot of worker 6: heapwalk ended with code 137 (SIGKILL)',
  )
  expect(await failure(126, 'OCI runtime exec failed: no such file\n')).toBe(
    'cannot take a snapshot of worker 6: OCI runtime exec failed: no such file',
  )
})

test('a tar archive of one file has a header that adds up', () => {
  const tar = tarOf('tool', Buffer.from('#!x'), 0o755)
  expect(tar.length).toBe(512 + 512 + 1024)
  expect(tar.toString('latin1', 0, 4)).toBe('tool')
  expect(tar.toString('latin1', 100, 107)).toBe('0000755')
  expect(tar.toString('latin1', 124, 135)).toBe('00000000003')
  const sum = tar.subarray(0, 512).reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0)
  expect(Number.parseInt(tar.toString('latin1', 148, 154), 8)).toBe(sum)
})
