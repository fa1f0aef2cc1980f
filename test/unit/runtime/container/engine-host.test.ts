import { expect, test } from 'vitest'
import { elsewhereNotice, engineHost, wayOut } from '../../../../plugin/runtime/container/engine-host.js'

test.each(['localhost', '127.0.0.1', '127.0.1.1', '::1'])(
  'an engine at %s is on this machine: its ports are published on the loopback alone',
  (host) => {
    expect(engineHost(host)).toEqual({ host: '127.0.0.1', bind: '127.0.0.1' })
    expect(elsewhereNotice(engineHost(host))).toEqual([])
  },
)

test('of an engine elsewhere the ports are published on its machine, and the report says so', () => {
  const box = engineHost('box.example')
  expect(box).toEqual({ host: 'box.example', bind: '0.0.0.0' })
  expect(elsewhereNotice(box)).toEqual([expect.stringContaining('the container engine is on box.example')])
})

test('an engine that does not answer is to be started, or another one used', () => {
  expect(wayOut('tcp://box.example:2375')).toMatch(/^Start that engine, or unset DOCKER_HOST/)
})

test('an engine behind ssh is told to be reached through a tunnel', () => {
  expect(wayOut('ssh://ci@box.example:2222')).toContain(
    'ssh -nNT -L /tmp/docker-box.example.sock:/var/run/docker.sock ci@box.example:2222, and set DOCKER_HOST=unix:///tmp/docker-box.example.sock and TESTCONTAINERS_HOST_OVERRIDE=box.example.',
  )
})
