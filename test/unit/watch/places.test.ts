import { describe, expect, test } from 'vitest'
import type { NginxProcess } from '../../../plugin/heapwalk/nginx-process.js'
import { placesOf, succession } from '../../../plugin/watch/places.js'

function worker(pid: number, more: Partial<NginxProcess> = {}): NginxProcess {
  return {
    pid,
    ppid: 5,
    uid: 33,
    role: 'worker',
    exiting: false,
    waiting: true,
    sameProgram: true,
    startTicks: pid * 10,
    title: 'nginx: worker process',
    ...more,
  }
}

const MASTER = worker(5, { ppid: 1, role: 'master', title: 'nginx: master process nginx' })
const BEFORE = [MASTER, worker(11), worker(12)]

describe('the workers of a master', () => {
  const places = placesOf([worker(12), worker(11)], 'all', BEFORE)
  const pids = (all: readonly NginxProcess[]) => {
    const found = succession(places, all)
    return found.kind === 'renewed' ? found.places.watched.map(({ pid }) => pid) : found.kind
  }

  test('are the same as long as nobody left or came', () => {
    expect(places.watched.map(({ pid }) => pid)).toEqual([11, 12])
    expect(
      pids([...BEFORE, worker(99, { ppid: 50 }), worker(8, { role: 'other', title: 'nginx: cache manager' })]),
    ).toBe('same')
  })

  test('are succeeded place by place, by those that a reload starts', () => {
    const exiting = [worker(11, { exiting: true }), worker(12, { exiting: true })]
    const found = succession(places, [MASTER, ...exiting, worker(22), worker(21)])
    expect(found).toMatchObject({
      kind: 'renewed',
      how: 'workers 11, 12 left, and 21, 22 took their places',
      mustBeReload: false,
    })
    expect(pids([MASTER, ...exiting, worker(22), worker(21)])).toEqual([21, 22])
  })

  test('keep their places where another one died', () => {
    expect(pids([MASTER, worker(12), worker(30)])).toEqual([30, 12])
  })

  test('may become more or fewer', () => {
    expect(pids([MASTER, worker(21), worker(22), worker(23)])).toBe('unsettled')
    expect(pids([MASTER, worker(12)])).toEqual([12])
  })

  test('are not settled as long as a reload has not sent the old ones away', () => {
    expect(succession(places, [...BEFORE, worker(21), worker(22)])).toMatchObject({
      kind: 'unsettled',
      otherwise: { kind: 'renewed', places: { watched: [{ pid: 11 }, { pid: 12 }, { pid: 21 }, { pid: 22 }] } },
    })
  })

  test('are new where a number was used again', () => {
    expect(pids([MASTER, worker(11, { startTicks: 999 }), worker(12)])).toEqual([11, 12])
  })

  test('are gone with their master', () => {
    expect(succession(places, [worker(21, { ppid: 7 })])).toEqual({
      kind: 'ended',
      why: 'nginx has no worker left that could be watched: workers 11, 12 have ended',
    })
  })
})

describe('a worker that was named', () => {
  const places = placesOf([worker(12)], 'one', BEFORE)

  test('is the same as long as it started when it did', () => {
    expect(succession(places, BEFORE).kind).toBe('same')
  })

  test('is not the process that has its number now', () => {
    const other = worker(12, { startTicks: 999, ppid: 1, role: 'master', title: 'nginx: master process other' })
    expect(succession(places, [MASTER, worker(11), other])).toEqual({
      kind: 'ended',
      why: "worker 12 has ended, and its number belongs to another process now, 'nginx: master process other', which was not looked at",
    })
  })

  test('has ended where it is gone, whoever came in its place', () => {
    expect(succession(places, [MASTER, worker(11)])).toEqual({ kind: 'ended', why: 'worker 12 has ended' })
    expect(succession(places, [MASTER, worker(11), worker(30)])).toEqual({
      kind: 'unsettled',
      otherwise: { kind: 'ended', why: 'worker 12 has ended' },
    })
    expect(succession(places, [MASTER, worker(11), worker(12, { exiting: true })])).toEqual({
      kind: 'ended',
      why: 'worker 12 is shutting down',
    })
  })

  test('is waited for where a reload has sent it away and its successor is still to come', () => {
    const leaving = worker(12, { exiting: true })
    expect(succession(places, [MASTER, worker(11), leaving, worker(21)])).toMatchObject({
      kind: 'unsettled',
      otherwise: { kind: 'ended', why: 'worker 12 is shutting down' },
    })
  })

  test('goes on in the one that has its place, where all of them were started anew', () => {
    expect(succession(places, [MASTER, worker(21), worker(22)])).toMatchObject({
      kind: 'renewed',
      places: { watched: [{ pid: 22 }] },
      how: 'worker 12 left, and 22 took its place',
      mustBeReload: true,
    })
  })
})
