import { expect, test } from 'vitest'
import { ContainerNginx } from '../../../plugin/heapwalk/container-nginx.js'

const aProcess = (pid: number, more = {}) => ({
  ...{ pid, ppid: 1, uid: 33, role: 'worker', exiting: false, waiting: true, sameProgram: true, startTicks: 100 + pid },
  ...{ title: 'nginx: worker process', ...more },
})
const COUNTERS = { accepted: 1, active: 1, reading: 0, writing: 0, requests: 7 }

/** A container whose processes a test changes; `calls` are heapwalk's arguments, and `refuses` the pids that it will not read. */
function aContainer(...pids: number[]) {
  const state = { pids, others: [] as object[], refuses: [] as number[], calls: [] as string[] }
  const nginx = new ContainerNginx(
    {
      exec: async ([, command, , pid]) => {
        state.calls.push(`${command} ${pid}`)
        if (command === 'ps')
          return said(0, JSON.stringify([...state.others, ...state.pids.map((each) => aProcess(each))]))
        const isThere = state.pids.includes(Number(pid)) && !state.refuses.includes(Number(pid))
        return isThere ? said(0, JSON.stringify(COUNTERS)) : said(3, '', `heapwalk: cannot read process ${pid}`)
      },
    },
    '/heapwalk',
  )
  return { nginx, state }
}
const said = (exitCode: number, stdout: string, stderr = '') => ({ exitCode, stdout, stderr })

test('counters are read through a worker that is known, without asking again who is there', async () => {
  const { nginx, state } = aContainer(7, 8)
  await nginx.workers()
  expect(await nginx.counters()).toEqual(COUNTERS)
  expect(await nginx.counters()).toEqual(COUNTERS)
  expect(state.calls).toEqual(['ps 1', 'counters 7', 'counters 7'])
})

test('where that worker has gone, another one is found', async () => {
  const { nginx, state } = aContainer(7, 8)
  await nginx.workers()
  state.pids = [8]
  expect(await nginx.counters()).toEqual(COUNTERS)
  expect(state.calls).toEqual(['ps 1', 'counters 7', 'counters 7', 'ps 1', 'counters 8'])
})

test('where no worker is left there are no counters, and a snapshot says which workers there are', async () => {
  const { nginx, state } = aContainer(7)
  await nginx.workers()
  state.pids = []
  expect(await nginx.counters()).toBeUndefined()
  await expect(nginx.snapshot(7)).rejects.toThrow('there is no such worker. The workers are none.')
})

test('the master, and a worker that is shutting down, are no workers', async () => {
  const { nginx, state } = aContainer(7)
  state.others = [
    aProcess(1, { ppid: 0, role: 'master', title: 'nginx: master process' }),
    aProcess(6, { exiting: true }),
  ]
  await nginx.workers()
  for (const pid of [1, 6])
    await expect(nginx.snapshot(pid)).rejects.toThrow(`snapshot of worker ${pid}: there is no such worker`)
  expect(state.calls.filter((call) => !call.startsWith('ps'))).toEqual([])
})

test('what a living worker refuses is not tried again', async () => {
  const { nginx, state } = aContainer(7)
  await nginx.workers()
  state.refuses = [7]
  await expect(nginx.counters()).rejects.toThrow('cannot read process 7')
  expect(state.calls).toEqual(['ps 1', 'counters 7', 'counters 7', 'ps 1'])
})

test('there are no workers yet while the master still starts them, or one is still in its init_worker_by_lua', async () => {
  const { nginx, state } = aContainer(7)
  const master = { ppid: 0, role: 'master', title: 'nginx: master process nginx' }
  const started = async (...others: object[]) => {
    state.others = others
    return (await nginx.startedWorkers()).map(({ pid }) => pid)
  }
  expect(await started(aProcess(1, { ...master, waiting: false }))).toEqual([])
  expect(await started(aProcess(1, master), aProcess(8, { ...master, ppid: 1, waiting: false }))).toEqual([])
  expect(await started(aProcess(1, master), aProcess(9, { role: 'other', title: 'sleep' }))).toEqual([7])
})
