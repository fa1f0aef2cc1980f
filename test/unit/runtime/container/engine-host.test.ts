import { expect, test } from 'vitest'
import { elsewhereNotice, engineHost } from '../../../../plugin/runtime/container/engine-host.js'

test.each(['localhost', '127.0.0.1', '127.0.1.1', '::1'])(
  'an engine at %s is on this machine: its ports are published on the loopback alone',
  async (name) => {
    const { host, bind } = await engineHost(name)
    expect({ host, bind }).toEqual({ host: '127.0.0.1', bind: '127.0.0.1' })
    expect(elsewhereNotice(host)).toEqual([])
  },
)

test.each(['box.invalid', '198.51.100.7'])(
  'of an engine at %s the ports are published on all addresses of its machine, and the report says so',
  async (name) => {
    const { host, bind } = await engineHost(name)
    expect({ host, bind }).toEqual({ host: name, bind: '' })
    expect(elsewhereNotice(host)).toEqual([expect.stringContaining(`the container engine is on ${name}`)])
  },
)
