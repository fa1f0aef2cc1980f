import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { cpuTimeUs } from '../../../../plugin/compare/times/cpu-time.js'

/** A process that works a while, says so, and rests. */
async function aWorker(): Promise<number> {
  const work = 'for (let n = 0; n < 3e7; n++); console.log("done"); setInterval(() => {}, 1e6)'
  const child = spawn(process.execPath, ['-e', work], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child.pid!
}

test('is the time that all workers have spent on a core', async () => {
  const from = performance.now()
  const [one, other] = [await aWorker(), await aWorker()]
  const alone = await cpuTimeUs({ workersHere: async () => [one] })
  const both = await cpuTimeUs({ workersHere: async () => [one, other] })
  expect(alone).toBeGreaterThan(1000)
  expect(both).toBeGreaterThan(alone!)
  // No thread spends more of it than has passed.
  expect(alone).toBeLessThan((performance.now() - from) * 1000)
})

test('is not known where a worker cannot be seen', async () => {
  expect(await cpuTimeUs({ workersHere: async () => null })).toBeNull()
  expect(await cpuTimeUs({ workersHere: async () => [4_194_305] })).toBeNull()
})
