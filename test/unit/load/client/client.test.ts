import { expect, test } from 'vitest'
import { asAutocannonClient } from '../../../../plugin/load/client/client.js'

const client = {
  _connect() {},
  _doRequest() {},
  _destroyConnection() {},
  destroy() {},
  on() {},
  parser: { execute() {} },
}

test('takes a client that is built as that of autocannon 9', () => {
  expect(asAutocannonClient(client)).toBe(client)
})

test.each([
  [{ ...client, _doRequest: undefined }, /^this autocannon's client has no _doRequest: install/],
  [{ ...client, parser: {} }, /^this autocannon's client has no parser: install/],
])('refuses one of another build before anything is sent', (other, message) => {
  expect(() => asAutocannonClient(other)).toThrow(message)
})
