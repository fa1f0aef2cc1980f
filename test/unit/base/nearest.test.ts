import { expect, test } from 'vitest'
import { nearest } from '../../../plugin/base/nearest.js'

const LEGAL = ['runtime', 'workers', 'image', 'openresty']

test('finds the name that was meant behind a typing error', () => {
  expect(nearest('runtme', LEGAL)).toBe('runtime')
  expect(nearest('worker', LEGAL)).toBe('workers')
  expect(nearest('openResty', LEGAL)).toBe('openresty')
})

test('offers nothing where nothing is near', () => {
  expect(nearest('verbose', LEGAL)).toBeUndefined()
  expect(nearest('x', [])).toBeUndefined()
  expect(nearest('x', ['t', 'A'])).toBeUndefined()
  expect(nearest('ab', ['cd', 'xab'])).toBe('xab')
})
