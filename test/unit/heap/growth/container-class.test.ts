import { expect, test } from 'vitest'
import { classAsContainers } from '../../../../plugin/heap/growth/container-class.js'
import type { Metric } from '../../../../plugin/heap/growth/diff.js'
import type { Classified } from '../../../../plugin/heap/growth/sites.js'
import { newNode } from '../../../../plugin/heap/node.js'
import type { GrowthClass } from '../../../../plugin/types/growth.js'
import { runTimeline } from '../../verdict/run-timeline.js'

const timeline = runTimeline({ planned: [3929, 1973, 6263, 3389, 4603], confirm: [9337, 22157] })
const site = newNode('{*}', newNode('.cache', null))

function track(metric: Metric, sum: readonly number[], found: GrowthClass): Classified {
  return {
    vm: {} as Classified['vm'],
    site,
    metric,
    values: { sum, byWorker: [sum] },
    finding: { class: found, why: '' },
  }
}

/** The classes, in the order of the tracks. */
function classes(entries: readonly number[], ...tracks: readonly Classified[]): GrowthClass[] {
  return classAsContainers(tracks, timeline, () => entries).map(({ finding }) => finding.class)
}

/** Entries of a cache that fills, by moment: start, idle, seven rounds, drain. */
const filling = [1389, 1389, 1893, 2080, 2483, 2642, 2805, 3017, 3252, 3252]
/** Keys that another table has as well, and lets go while nobody asks: they are found here from then on. */
const sharedKeys = [530, 530, 787, 921, 1203, 1329, 1465, 1658, 1880, 3252]

test('objects never outgrow the entries that lead to them, whoever else has them', () => {
  expect(classes(filling, track('entries', filling, 'bounded'), track('string', sharedKeys, 'clock'))).toEqual([
    'bounded',
    'bounded',
  ])
  expect(classes(filling, track('entries', filling, 'plateau'), track('string', sharedKeys, 'leak'))).toEqual([
    'plateau',
    'plateau',
  ])
})

test('entries that have no end put none to what they lead to', () => {
  for (const found of ['sawtooth', 'drains', 'slowing'] as const) {
    expect(classes(filling, track('entries', filling, found), track('string', sharedKeys, 'leak'))).toEqual([
      found,
      'leak',
    ])
  }
})

test('what outgrows the entries leaks on its own account', () => {
  const more = sharedKeys.map((keys, moment) => (moment === 8 ? 4000 : keys))
  expect(classes(filling, track('entries', filling, 'bounded'), track('string', more, 'leak'))).toEqual([
    'bounded',
    'leak',
  ])
})

test('entries that stay as many as they were are an end, too', () => {
  const fixed = filling.map(() => 4000)
  expect(classes(fixed, track('string', sharedKeys, 'leak'))).toEqual(['plateau'])
  expect(classes(fixed, track('table', sharedKeys, 'slowing'))).toEqual(['plateau'])
  expect(
    classes(
      fixed.map(() => 3000),
      track('string', sharedKeys, 'leak'),
    ),
  ).toEqual(['leak'])
})

test('contents are no objects: a few strings that get longer leak in entries that stay', () => {
  expect(
    classes(
      filling.map(() => 4000),
      track('payload', sharedKeys, 'leak'),
    ),
  ).toEqual(['leak'])
})
