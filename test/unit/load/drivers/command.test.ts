import { expect, test } from 'vitest'
import {
  type CommandEnd,
  type CommandPlan,
  commandDriver,
  type RunCommand,
} from '../../../../plugin/load/drivers/command.js'
import { parseCommand } from '../../../../plugin/load/drivers/command-line.js'
import { commandFault } from '../../../../plugin/load/drivers/fault.js'
import { aTarget } from './target.js'

const WELL: CommandEnd = { exitCode: 0, failure: null, isLate: false, output: 'Requests/sec: 5' }
const ROUND = { amount: 3929, connections: 1, firstNumber: 0, number: 2, requests: [] }

/** A round in which the command ended so, while nginx counted 30 requests over 3 connections. */
async function aRound(end: CommandEnd, unit: CommandPlan['unit'] = 'request', requests = 30) {
  const counts = { requests: 5, accepted: 2 }
  const run: RunCommand = async () => {
    counts.requests += requests
    counts.accepted += requests / 10
    return end
  }
  return commandDriver({ ...parseCommand('wrk $URL', false), timeoutS: 7, unit }, run).drive(aTarget(counts), ROUND)
}

test('a command is given where the server is and what the round is, in its words and in its environment', async () => {
  const seen: unknown[] = []
  const run: RunCommand = async (words, { env, timeoutMs }) => {
    seen.push(words, env, timeoutMs)
    return WELL
  }
  const plan = { ...parseCommand('wrk -n$AMOUNT "$URL/t"', false), timeoutS: 7, unit: 'request' as const }
  await commandDriver(plan, run).drive(aTarget(), ROUND)
  const env = {
    URL: 'http://127.0.0.1:34567',
    ROUND: '2',
    AMOUNT: '3929',
    PORT_8080: '34567',
    PORT_8500: '34568',
  }
  expect(seen).toEqual([['wrk', '-n3929', 'http://127.0.0.1:34567/t'], env, 7000])
})

test('a line for a shell is given to one', async () => {
  const seen: unknown[] = []
  const run: RunCommand = async (words) => {
    seen.push(words)
    return WELL
  }
  await commandDriver({ ...parseCommand('a | b', true), timeoutS: 7, unit: 'request' }, run).drive(aTarget(), ROUND)
  expect(seen).toEqual([['/bin/sh', '-c', 'a | b']])
})

test('a port that the conf does not have is refused before the command is run', async () => {
  const run: RunCommand = async () => {
    throw new Error('it was run')
  }
  const plan = { ...parseCommand('nc 127.0.0.1 $PORT_99', false), timeoutS: 7, unit: 'request' as const }
  await expect(commandDriver(plan, run).drive(aTarget(), ROUND)).rejects.toThrow('does not listen on port 99')
})

test('its units are what nginx counted meanwhile, and it has no latencies', async () => {
  const result = await aRound(WELL)
  expect(result).toMatchObject({ driver: 'command', command: 'wrk $URL', unit: 'request', asked: 30, completed: 30 })
  expect(result).not.toHaveProperty('latencyUs')
  expect(result).not.toHaveProperty('output')
  expect(await aRound(WELL, 'connection')).toMatchObject({ unit: 'connection', completed: 3 })
  expect(await aRound(WELL, 'session')).toMatchObject({ unit: 'session', completed: 3 })
})

test.each<[string, CommandEnd, string]>([
  [
    'fails',
    { ...WELL, exitCode: 99 },
    'the command ended with exit code 99 (in round 1). Its last lines:\n  Requests/sec: 5',
  ],
  [
    'is killed',
    { ...WELL, exitCode: 137, output: '' },
    'exit code 137, which is signal 9 (in round 1). It wrote nothing.',
  ],
  [
    'hangs',
    { ...WELL, exitCode: null, isLate: true },
    'the command did not end within 7 s, and was ended with all that it had started. Where it needs longer: --timeout 5m',
  ],
  [
    'cannot be started',
    { ...WELL, exitCode: null, failure: 'cannot start wrk: no' },
    'cannot start wrk: no (in round 1)',
  ],
])('a command that %s makes the round one that cannot be judged', async (_, end, message) => {
  expect(commandFault('round 1', await aRound(end))).toContain(message)
})

test('a command that ends well is no fault, and one that sent nothing here says where to send it', async () => {
  expect(commandFault('round 1', await aRound(WELL))).toBeUndefined()
  expect(commandFault('round 1', await aRound(WELL, 'request', 0))).toMatch(
    /nginx counted no request meanwhile\. It has to send to \$URL, http:\/\/127\.0\.0\.1:34567 here \(other ports of the conf: \$PORT_8080, 34567 here; \$PORT_8500, 34568 here\) \(in round 1\)/,
  )
  expect(commandFault('round 1', await aRound(WELL, 'session', 0))).toContain(
    'nginx counted no connection meanwhile. It has to send to $PORT_8080, 34567 here; $PORT_8500, 34568 here',
  )
})

test('an nginx that counts nothing is refused before the command is run', async () => {
  const run: RunCommand = async () => {
    throw new Error('it was run')
  }
  const driver = commandDriver({ ...parseCommand('a', false), timeoutS: 7, unit: 'session' }, run)
  await expect(driver.drive(aTarget(null), ROUND)).rejects.toThrow(
    /counts neither requests nor connections.*--with-http_stub_status_module.*by work/,
  )
})

test('a command is ended once enough was counted, and that is no failure', async () => {
  const counts = { requests: 0 }
  const run: RunCommand = (_, { signal }) =>
    new Promise((_resolve, reject) => {
      counts.requests = 12
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
  const driver = commandDriver({ ...parseCommand('a', false), timeoutS: 7, unit: 'request' }, run)
  const result = await driver.drive(aTarget(counts), { ...ROUND, enough: 10 })
  expect(result).not.toHaveProperty('gaveUp')
})
