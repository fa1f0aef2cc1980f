import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { pinWorkers } from '../../../plugin/bench/pin-workers.js'

function aWorker(): number {
  const child: ChildProcess = spawn('sleep', ['1000'])
  onTestFinished(() => void child.kill('SIGKILL'))
  return child.pid!
}

const server = (...pids: number[]) => ({ workersHere: async () => pids })

function coresOf(pid: number): string {
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!
}

const severalCores = test.skipIf(availableParallelism() < 2)

severalCores('the workers of both servers are on the same core each', async () => {
  const [one, other] = [
    [aWorker(), aWorker()],
    [aWorker(), aWorker()],
  ]
  await pinWorkers([server(...one), server(...other)])
  expect(one.map(coresOf)).toEqual([expect.stringMatching(/^\d+$/), expect.stringMatching(/^\d+$/)])
  expect(other.map(coresOf)).toEqual(one.map(coresOf))
})

test('none is moved where one of them is gone', async () => {
  const worker = aWorker()
  const before = coresOf(worker)
  await pinWorkers([server(worker), server(4_194_305)])
  expect(coresOf(worker)).toBe(before)
})

test('nothing happens to workers that cannot be seen', async () => {
  await expect(pinWorkers([{ workersHere: async () => null }])).resolves.toBeUndefined()
})
