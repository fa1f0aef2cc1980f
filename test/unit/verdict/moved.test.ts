import { expect, test } from 'vitest'
import { classifyMoved, classifySlots } from '../../../plugin/verdict/moved.js'
import { runTimeline } from './run-timeline.js'

const timeline = runTimeline({ planned: [400, 200, 600, 300, 500] })

/** Values from gains: idle, then the planned rounds. */
function values(gains: readonly number[]): number[] {
  let sum = 100
  return [sum, ...gains.map((gain) => (sum += gain))]
}

test('what rose in a single round is a one-off', () => {
  expect(classifyMoved(values([0, 0, 0, 50, 0, 0]), timeline)).toEqual({
    class: 'one-off',
    why: 'in round 3 of 5 only',
  })
})

test('what rose for some rounds and then stood still is a plateau', () => {
  expect(classifyMoved(values([0, 40, 20, 5, 0, 0]), timeline)).toEqual({
    class: 'plateau',
    why: 'rose in 3 of 5 rounds',
  })
})

test('what rose and fell is a sawtooth', () => {
  expect(classifyMoved(values([0, 40, 20, -55, 30, -30]), timeline)).toEqual({
    class: 'sawtooth',
    why: 'rose in 3 and fell in 2 of 5 rounds',
  })
})

test('what never was 3 above its beginning did not move', () => {
  expect(classifyMoved(values([0, 2, 0, 0, 0, 0]), timeline)).toBeUndefined()
  expect(classifyMoved(values([0, -50, 2, 0, 40, 0]), timeline)).toBeUndefined()
})

test('what moved while idle does not count as a rise', () => {
  expect(classifyMoved(values([50, 0, 0, 0, 0, 0]), timeline)).toBeUndefined()
})

test('slots that were added are a step', () => {
  expect(classifySlots([64, 64, 64, 128, 128, 128, 128], timeline)).toEqual({
    class: 'step',
    why: '64 -> 128 slots, with no more in them',
  })
  expect(classifySlots([128, 128, 64, 64, 64, 64, 64], timeline)).toBeUndefined()
})
