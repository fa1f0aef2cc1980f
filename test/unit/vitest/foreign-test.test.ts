import { expect, test } from 'vitest'
import { explainForeignTest } from '../../../plugin/vitest/foreign-test.js'

test('openresty of a test that is not ours says where it comes from', () => {
  const context: { openresty?: unknown } = {}
  explainForeignTest(context)
  expect(() => context.openresty).toThrow(
    "this test is Vitest's own, whose context has no openresty: import { expect, test } from 'vitest-openresty-leak/test'.",
  )
  expect(Object.keys(context)).toEqual([])
})

test('the fixture takes its place, and one that is there stays', () => {
  const context: { openresty?: unknown } = {}
  explainForeignTest(context)
  context.openresty = 'the fixture'
  explainForeignTest(context)
  expect(context.openresty).toBe('the fixture')
})
