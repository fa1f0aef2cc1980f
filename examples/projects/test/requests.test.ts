import { expect, test } from 'vitest'
import { requests } from '../requests.js'

test('each request has a name and a share', () => {
  for (const { name, weight } of requests) expect({ name, isSent: weight > 0 }).toMatchObject({ isSent: true })
  expect(new Set(requests.map(({ name }) => name)).size).toBe(requests.length)
})
