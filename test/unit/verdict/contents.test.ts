import { expect, test } from 'vitest'
import { contentsOf } from '../../../plugin/verdict/contents.js'
import { runTimeline } from './run-timeline.js'

const timeline = runTimeline({ planned: [100, 100] })
const of = (sum: readonly number[]) => ({ sum, byWorker: [sum] })

test('contents of one buffer are judged as they are', () => {
  const values = of([10, 10, 500, 990])
  expect(contentsOf(values, [1, 1, 1, 1], timeline)).toEqual(values)
})

test('contents that grew because more objects hold them are not', () => {
  expect(contentsOf(of([1000, 1000, 2000, 4000]), [1, 1, 2, 4], timeline)?.sum).toEqual([1000, 1000, 1000, 1000])
})

test('contents of many objects are not judged where each gained a digit or two', () => {
  expect(contentsOf(of([9000, 9000, 9500, 10_000]), [1000, 1000, 1000, 1000], timeline)).toBeUndefined()
})

test('contents of many objects are judged where each grows for its own sake', () => {
  expect(contentsOf(of([9000, 9000, 20_000, 31_000]), [1000, 1000, 1000, 1000], timeline)?.sum).toEqual([
    9000, 9000, 20_000, 31_000,
  ])
})

test('a text that is made anew with longer numbers is not judged', () => {
  expect(contentsOf(of([10_000, 10_000, 10_040, 10_070]), [1, 1, 1, 1], timeline)).toBeUndefined()
})

test('contents of what was not there before are told by its number', () => {
  expect(contentsOf(of([0, 0, 500, 900]), [0, 0, 5, 9], timeline)).toBeUndefined()
})
