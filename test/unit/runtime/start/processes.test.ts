import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { isStarting, workersOf } from '../../../../plugin/runtime/start/processes.js'

/** Children named as nginx names its workers, another one, and one that has ended; prints the pids of the workers. */
const MASTER = `
exec 9<&0
for n in 1 2 3; do (exec -a 'nginx: worker process' cat <&9) & echo $!; done
(exec -a 'nginx: cache manager process' cat <&9) &
(exec true) & wait $!
for pid in $(jobs -p); do until grep -q cat /proc/$pid/comm; do :; done; done
echo ready
wait`

test('the workers of a master are its living children of that title, by pid', async () => {
  const master = spawn('bash', ['-c', MASTER], { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
  onTestFinished(() => void process.kill(-master.pid!, 'SIGKILL'))
  let printed = ''
  for (master.stdout.setEncoding('utf8'); !printed.includes('ready'); )
    printed += (await once(master.stdout, 'data'))[0]
  const workers = printed.split('\n').slice(0, 3).map(Number)
  const found = () => workersOf(master.pid!).map(({ pid }) => pid)
  expect(found()).toEqual([...workers].sort((a, b) => a - b))
  process.kill(workers[1]!, 'SIGKILL')
  await expect.poll(found).toEqual(workers.filter((pid) => pid !== workers[1]))
  expect(workersOf(2 ** 30)).toEqual([])
})

test('a master that is at work may be starting another child, and one that waits is not', async () => {
  const run = (script: string) => {
    const { pid } = spawn('bash', ['-c', script], { stdio: 'ignore', detached: true })
    onTestFinished(() => void process.kill(-pid!, 'SIGKILL'))
    return pid!
  }
  const busy = run('while :; do :; done')
  const waiting = run('sleep 60; :')
  expect(isStarting(busy)).toBe(true)
  await expect.poll(() => isStarting(waiting)).toBe(false)
})
