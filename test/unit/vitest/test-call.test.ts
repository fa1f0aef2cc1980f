import { expect, test } from 'vitest'
import { RuntimeError } from '../../../plugin/base/runtime-error.js'
import { testCall } from '../../../plugin/vitest/test-call.js'

const NEVER = new AbortController().signal

/** Stands for the method that a test calls. */
function start(work: () => Promise<unknown>, signal = NEVER): Promise<unknown> {
  return testCall(start, signal, work)
}

test('the signal ends it at once, however long it takes to clean up', async () => {
  const controller = new AbortController()
  const reason = new Error('its time is over')
  const call = start(() => new Promise(() => {}), controller.signal)
  controller.abort(reason)
  await expect(call).rejects.toBe(reason)
})

test('an error of ours shows the line of the test, none of our frames, and no raw ENOENT', async () => {
  const cause = Object.assign(new Error('ENOENT: no such file or directory'), { errno: -2, code: 'ENOENT' })
  const error = await start(async () => {
    throw new RuntimeError('RUNTIME_CONF_MISSING', 'cannot read the nginx conf: no such file.', { cause })
  }).catch((thrown: unknown) => thrown as Error)
  expect(error).toMatchObject({ name: 'RuntimeError', code: 'RUNTIME_CONF_MISSING' })
  const [head, first] = (error as Error).stack!.split('\n')
  expect(head).toBe('RuntimeError: cannot read the nginx conf: no such file.')
  expect(first).toContain('test-call.test.ts')
  expect((error as Error).stack).not.toContain('plugin/')
  expect(error).not.toHaveProperty('cause')
})

test('a cause that says more stays, without its frames', async () => {
  const cause = new Error('the engine said no')
  const error = await start(async () => {
    throw new RuntimeError('RUNTIME_NO_ENGINE', 'no container engine answers.', { cause })
  }).catch((thrown: unknown) => thrown as Error)
  expect((error as Error).cause).toBe(cause)
  expect(cause.stack).toBe('Error: the engine said no')
})

test('an error without a code is a mistake of ours, whose frames are needed', async () => {
  const mistake = new TypeError('cannot read properties of undefined')
  const { stack } = mistake
  await expect(
    start(async () => {
      throw mistake
    }),
  ).rejects.toBe(mistake)
  expect(mistake.stack).toBe(stack)
})
