import { expect, test } from 'vitest'
import { bootRuntime } from '../../../plugin/runtime/boot.js'
import { describeWithEngine } from '../docker.js'
import { anApplication, MAKE } from './application.js'

describeWithEngine('in a container', () => {
  test('a prefix that a command has filled here is there, with its empty folders, and can be written to', async () => {
    const prepareIn = await anApplication()
    await using runtime = await bootRuntime({ conf: 'nginx.conf', prepare: MAKE, prepareIn, runtime: 'container' })
    const answer = await fetch(`${runtime.origin(8080)}/broker`)
    expect([answer.status, await answer.text()]).toEqual([200, 'asked\n'])
    expect(runtime.notices.filter((notice) => notice.startsWith('unix socket'))).toEqual([])
  })
})
