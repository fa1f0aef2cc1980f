import { expect, onTestFinished, test } from 'vitest'
import { connectEngine } from '../../../../plugin/runtime/container/connect-engine.js'

/** Sets a variable for one test. */
function setEnv(name: string, value: string): void {
  const before = process.env[name]
  process.env[name] = value
  onTestFinished(() => {
    if (before === undefined) delete process.env[name]
    else process.env[name] = before
  })
}

test('an engine that the library finds in place of the one that was named is not used', async () => {
  setEnv('DOCKER_HOST', 'unix:///gone.sock')
  const library = { connect: async () => '/var/run/docker.sock', socketOf: (client: string) => client }
  await expect(connectEngine(library)).rejects.toMatchObject({
    code: 'RUNTIME_NO_ENGINE',
    message:
      'no container engine answers at DOCKER_HOST=unix:///gone.sock. Start that engine, or unset DOCKER_HOST to use the one of this machine.',
  })
})

test('an engine that does not answer is named with what the library says as the cause', async () => {
  setEnv('DOCKER_HOST', 'tcp://box.invalid:2375')
  const cause = new Error('refused')
  const library = { connect: () => Promise.reject(cause), socketOf: () => undefined }
  await expect(connectEngine(library)).rejects.toMatchObject({
    cause,
    message: expect.stringContaining('no container engine answers at DOCKER_HOST=tcp://box.invalid:2375.'),
  })
})
