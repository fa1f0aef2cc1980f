import { expect, test } from 'vitest'
import { elsewhereNotice, engineHost, wayOut } from '../../../../plugin/runtime/container/engine-host.js'

test.each(['localhost', '127.0.0.1', '127.0.1.1', '::1'])(
  'an engine at %s is on this machine: its ports are published on the loopback alone',
  async (name) => {
    const { host, bind } = await engineHost(name)
    expect({ host, bind }).toEqual({ host: '127.0.0.1', bind: '127.0.0.1' })
    expect(elsewhereNotice(host)).toEqual([])
  },
)

test.each(['box.invalid', '198.51.100.7'])(
  'of an engine at %s the ports are published on its machine, and the report says so',
  async (name) => {
    const { host, bind } = await engineHost(name)
    expect({ host, bind }).toEqual({ host: name, bind: '0.0.0.0' })
    expect(elsewhereNotice(host)).toEqual([expect.stringContaining(`the container engine is on ${name}`)])
  },
)

test('an engine that does not answer is to be started, or another one used', () => {
  expect(wayOut('tcp://box.example:2375')).toMatch(/^Start that engine, or unset DOCKER_HOST/)
})

test('an engine behind ssh is told to be reached through a tunnel', () => {
  expect(wayOut('ssh://ci@box.example:2222')).toContain(
    'ssh -nNT -L /tmp/docker-box.example.sock:/var/run/docker.sock ci@box.example:2222, and set DOCKER_HOST=unix:///tmp/docker-box.example.sock and TESTCONTAINERS_HOST_OVERRIDE=box.example.',
  )
})
