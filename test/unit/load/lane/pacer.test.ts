import { expect, test } from 'vitest'
import { Pacer } from '../../../../plugin/load/lane/pacer.js'

test('spaces requests evenly from the start', () => {
  const pacer = new Pacer(500)
  pacer.start(1000)
  const dues = [0, 1, 2].map(() => {
    const { dueMs } = pacer
    pacer.advance()
    return dueMs
  })
  expect(dues).toEqual([1000, 1002, 1004])
})

test('does not push later requests back when one is late', () => {
  const pacer = new Pacer(100)
  pacer.start(0)
  for (let sent = 0; sent < 20; sent++) pacer.advance()
  expect(pacer.dueMs).toBe(200)
})

test('counts what is due before an end', () => {
  const pacer = new Pacer(10)
  pacer.start(50)
  expect([40, 50, 51, 150, 151, 1050].map((endMs) => pacer.dueBefore(endMs))).toEqual([0, 0, 1, 1, 2, 10])
})
