import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test, vi } from 'vitest'
import { pinWorkers } from '../../../../plugin/compare/times/pin-workers.js'

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

severalCores('none is moved where they have no two cores in common', async () => {
  const [worker, bound] = [aWorker(), aWorker()]
  const before = coresOf(worker)
  await promisify(execFile)('taskset', ['-p', '-c', before.match(/^\d+/)![0], String(bound)])
  await pinWorkers([server(worker), server(bound)])
  expect([worker, bound].map(coresOf)).toEqual([before, before.match(/^\d+/)![0]])
})

/** Puts a taskset before the real one that may not move this process. */
function refuseToMove(pid: number): void {
  const folder = mkdtempSync(join(tmpdir(), 'pin-workers-test-'))
  const rest = process.env.PATH ?? ''
  const script = `#!/bin/sh\nfor last; do :; done\n[ "$last" != ${pid} ] || exit 1\nPATH='${rest}' exec taskset "$@"\n`
  writeFileSync(join(folder, 'taskset'), script, { mode: 0o755 })
  vi.stubEnv('PATH', `${folder}${delimiter}${rest}`)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })
}

severalCores('none stays moved where one may not be', async () => {
  const [worker, other, last] = [aWorker(), aWorker(), aWorker()]
  const before = coresOf(worker)
  refuseToMove(last)
  await pinWorkers([server(worker, other), server(last)])
  expect([worker, other, last].map(coresOf)).toEqual([before, before, before])
})

test('nothing happens to workers that cannot be seen', async () => {
  await expect(pinWorkers([{ workersHere: async () => null }])).resolves.toBeUndefined()
})
