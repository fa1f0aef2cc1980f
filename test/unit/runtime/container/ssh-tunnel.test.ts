import { expect, test } from 'vitest'
import { sshEngine } from '../../../../plugin/runtime/container/ssh-tunnel.js'

test.each([
  ['ssh://box', ['--', 'box'], '/var/run/docker.sock'],
  ['ssh://ci@box.example:2222/', ['-l', 'ci', '-p', '2222', '--', 'box.example'], '/var/run/docker.sock'],
  ['ssh://ci@[::1]/run/user/1000/docker.sock', ['-l', 'ci', '--', '::1'], '/run/user/1000/docker.sock'],
])('%s says where ssh goes, and which socket the engine has there', (address, destination, socket) => {
  expect(sshEngine(address)).toEqual({ destination, socket })
})

test('an address of another kind needs no ssh', () => {
  expect(sshEngine('tcp://box:2375')).toBeUndefined()
})

test('a password in the address is refused, since ssh takes none', () => {
  expect(() => sshEngine('ssh://ci:secret@box')).toThrow(
    expect.objectContaining({ code: 'RUNTIME_NO_ENGINE', message: expect.not.stringContaining('secret') }),
  )
})
