import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LeakRun } from '../../../plugin/analysis/leak-run.js'
import { type BaselineSection, readSection, underBaseline } from '../../../plugin/measure/baseline-file.js'
import type { Baseline } from '../../../plugin/types/budget.js'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'baseline-'))
  file = join(folder, 'leaks.json')
})
afterEach(() => rm(folder, { recursive: true }))

const A: Baseline = { 'globals.a[*]': { class: 'leak', objectsPerRequest: 1 } }
const B: Baseline = { 'globals.b[*]': { class: 'leak', objectsPerRequest: 2 } }

const section = (name: string, update = false) => readSection(file, name, { update, mustExist: false })
const content = async () => JSON.parse(await readFile(file, 'utf8'))

/** A run that finds the growth of `found`; what it is judged under is written down. */
function aRun(found: Baseline, verdict: LeakRun['verdict'] = 'leak') {
  const under: Baseline[] = []
  const run = {
    verdict,
    acceptable: () => found,
    withBaseline: (baseline: Baseline) => {
      under.push(baseline)
      return run
    },
  } as unknown as LeakRun
  return { run, under }
}

async function update(name: string, found: Baseline, verdict?: LeakRun['verdict']) {
  const { run } = aRun(found, verdict)
  await underBaseline(run, await section(name, true))
}

describe('updating', () => {
  test('writes each measurement a section, in order, and nothing else into the folder', async () => {
    await update('POST /z', B)
    await update('GET /a', A)
    expect(JSON.stringify(await content())).toBe(
      JSON.stringify({ format: 'openresty-leak-baseline/1', accepted: { 'GET /a': A, 'POST /z': B } }),
    )
    expect(await readdir(folder)).toEqual(['leaks.json'])
  })

  test('judges the run under what it accepted', async () => {
    const { run, under } = aRun(A)
    await underBaseline(run, await section('GET /a', true))
    expect(under).toEqual([A])
  })

  test('drops a section in which nothing grows any more', async () => {
    await update('GET /a', A)
    await update('GET /b', B)
    await update('GET /a', {}, 'ok')
    expect((await content()).accepted).toEqual({ 'GET /b': B })
  })

  test('keeps what another measurement wrote meanwhile', async () => {
    const opened: BaselineSection = await section('GET /a', true)
    await update('GET /b', B)
    await underBaseline(aRun(A).run, opened)
    expect((await content()).accepted).toEqual({ 'GET /a': A, 'GET /b': B })
  })

  test.each(['invalid', 'inconclusive'] as const)('accepts nothing of a run that is %s', async (verdict) => {
    await update('GET /a', A)
    await update('GET /a', {}, verdict)
    expect((await content()).accepted).toEqual({ 'GET /a': A })
  })
})

test('without updating, the run is judged under the file and the file stays', async () => {
  await update('GET /a', A)
  const { run, under } = aRun(B)
  await underBaseline(run, await section('GET /a'))
  expect(under).toEqual([A])
  expect((await content()).accepted).toEqual({ 'GET /a': A })
})

describe('a file', () => {
  test('that does not exist accepts nothing, or is refused where it must', async () => {
    expect((await section('GET /a')).accepted).toEqual({})
    await expect(readSection(file, 'GET /a', { update: false, mustExist: true })).rejects.toThrow(
      `cannot read baseline ${file}: no such file. Accept what grows now with --update-baseline`,
    )
    await expect(readSection(file, 'GET /a', { update: true, mustExist: true })).resolves.toMatchObject({
      accepted: {},
    })
  })

  test.each([
    ['{', 'is no JSON'],
    ['{"format":"openresty-leak-baseline/2"}', 'has format "openresty-leak-baseline/2", not openresty-leak-baseline/1'],
    ['{"format":"openresty-leak-baseline/1"}', 'has no object "accepted"'],
    ['{"format":"openresty-leak-baseline/1","accepted":{"GET /":[]}}', 'has no object in "GET /"'],
    [
      '{"format":"openresty-leak-baseline/1","accepted":{"GET /":{"a.b":{"class":"leak"}}}}',
      'has an unreadable path in "GET /"',
    ],
    [
      '{"format":"openresty-leak-baseline/1","accepted":{"GET /":{"globals.a":{"class":"leak","objectsPerRequest":"1"}}}}',
      'has no rate at globals.a in "GET /"',
    ],
    [
      '{"format":"openresty-leak-baseline/1","accepted":{"GET /":{"globals.a":{"class":"leak","objectsPerRequest":0}}}}',
      'has no rate at globals.a in "GET /", and so would accept any growth there',
    ],
  ])('%s is refused', async (text, reason) => {
    await writeFile(file, text)
    await expect(section('GET /')).rejects.toThrow(reason)
  })

  test('with an entry without a rate is written anew without it', async () => {
    const entry = { class: 'leak', objectsPerRequest: 1 }
    const accepted = { 'GET /': { 'globals.a': { class: 'leak' }, 'globals.b': entry } }
    await writeFile(file, JSON.stringify({ format: 'openresty-leak-baseline/1', accepted }))
    const read = await readSection(file, 'GET /', { update: true, mustExist: true })
    expect(read.accepted).toEqual({ 'globals.b': entry })
  })
})
