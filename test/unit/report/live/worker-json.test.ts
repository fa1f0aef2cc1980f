import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { percent, size } from '../../../../plugin/base/number.js'
import { workerJson } from '../../../../plugin/report/live/live-json.js'
import { workerText } from '../../../../plugin/report/live/worker-text.js'
import type { MemoryPart } from '../../../../plugin/types/memory-part.js'
import type { MemoryRow, Snapshot, VmSnapshot } from '../../../../plugin/types/snapshot.js'
import type { HeapContents } from '../../heap/build.js'
import { HEAP, LIBRARY, LUA, worker, ZONE } from './worker.js'

const SCHEMA = JSON.parse(readFileSync(new URL('../../../../docs/worker.schema.json', import.meta.url), 'utf8'))
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true, strictTuples: false }).compile(closed(SCHEMA))

/** The same schema with no field that it does not name: those that are written and not documented are told. */
function closed(schema: unknown): object {
  return JSON.parse(JSON.stringify(schema), (_key, value) =>
    value?.type?.includes?.('object') && value.properties ? { additionalProperties: false, ...value } : value,
  )
}

const MALLOC: readonly MemoryRow[] = [
  { category: 'malloc', name: 'main arena, in use', bytes: 50_000, used: 50_000, how: 'chunks' },
  { category: 'malloc', name: 'main arena, free', bytes: 9000, how: 'chunks' },
]

const CHUNKS = {
  free: [3, 9000],
  largestFree: 8000,
  top: 8000,
  sizes: [
    [512, 2, 1000],
    [8192, 1, 8000],
  ],
} as const
const DETAILS: Partial<VmSnapshot> = {
  strings: {
    sizes: [[512, 1000, 390_000]],
    largest: [
      [4, 512],
      [4, 500],
    ],
  },
  allocator: { ...CHUNKS, segments: [1, 500_000], used: [2000, 490_000], overhead: 1000 },
}

/** A worker with something of every kind that the report tells. */
function fullWorker(): Snapshot {
  const contents: HeapContents = {
    ...HEAP,
    'registry._LOADED.certs[*]': { cdata: [3, 72], ct: [['struct x *', null, 3]], mal: [3, 6000] },
  }
  const entries = {
    lasting: [1, 100],
    expiring: [0, 0],
    expired: [0, 0],
    lastingKeys: 1,
    ttlMs: 0,
    oldest: 'lasting',
  } as const
  const zone: MemoryRow = {
    ...ZONE,
    used: 95_000,
    capacity: 100_000,
    free: 0,
    owner: 'ngx_http_lua_module',
    kind: 'lua_shared_dict',
    failures: 3,
    entries,
  }
  const one = worker([LUA, ...MALLOC, zone, LIBRARY], { garbage: { string: [9, 500_000] } }, contents)
  const lost = {
    blocks: 2,
    bytes: 4000,
    direct: [2, 4000],
    sizes: [[2000, 2]],
    libraries: [['libx.so', 2, 4000]],
  } as const
  const malloc = { blocks: 9, bytes: 50_000, holders: [['nginx: cycle', 4, 40_000]], lost } as const
  return {
    ...one,
    process: { ...one.process, malloc, arenas: [{ ...CHUNKS, name: 'main arena', used: 50_000 }] },
    vms: one.vms.map((vm) => ({ ...vm, ...DETAILS })),
    timers: { pending: 1, dueMs: [5], ofConnections: 0, ofModules: 1 },
  }
}

interface Written {
  readonly rss: number
  readonly verdict: readonly string[]
  readonly unusual: readonly { readonly says: string; readonly remedy: string }[]
  readonly parts: readonly MemoryPart[]
  readonly rows: readonly MemoryRow[]
  readonly malloc: { readonly holders: readonly { readonly bytes: number; readonly blocks: number }[] }
  readonly vms: readonly {
    readonly paths: readonly { readonly path: string; readonly bytes: number; readonly withBelow: number }[]
  }[]
}

function written(snapshot: Snapshot): Written {
  return JSON.parse(workerJson([snapshot])).workers[0]
}

test('the schema names every field of a report, and none is of another type', () => {
  const core = { program: 'nginx', dumped: 1, lacks: { files: 1, shared: 0 } }
  const unknown = { ...worker([LUA]), process: { ...worker([LUA]).process, malloc: null, mallocWhy: 'jemalloc' } }
  validate(JSON.parse(workerJson([fullWorker(), { ...worker([LUA]), core }, unknown])))
  expect(validate.errors).toBeNull()
  expect(validate({ format: 'resty-leak-worker/2', workers: [] })).toBe(false)
})

test('the JSON has the figures and the sentences of the text', () => {
  const text = workerText(fullWorker())
  const { rss, verdict, unusual, rows, malloc, vms } = written(fullWorker())
  for (const sentence of [...verdict, ...unusual.flatMap(({ says, remedy }) => [says, remedy])]) {
    expect(text).toContain(sentence)
  }
  const lineOf = (...cells: readonly string[]) =>
    text.split('\n').find((line) => cells.every((cell) => line.includes(cell)))
  for (const { name, bytes } of rows) expect(lineOf(name, size(bytes), percent(bytes / rss))).toBeDefined()
  expect(malloc.holders).toHaveLength(3)
  for (const { blocks, bytes } of malloc.holders) expect(lineOf(size(bytes), String(blocks))).toBeDefined()
  const shown = vms[0]!.paths.filter(({ bytes }) => bytes > 0)
  expect(shown).toHaveLength(4)
  for (const { path, bytes, withBelow } of shown) expect(lineOf(size(bytes), size(withBelow), path)).toBeDefined()
})

test('each level of the parts sums to the one above', () => {
  const sums = ({ bytes, parts }: MemoryPart): boolean =>
    parts.length === 0 || (parts.reduce((sum, part) => sum + part.bytes, 0) === bytes && parts.every(sums))
  const { rss, parts } = written(fullWorker())
  expect(sums({ name: 'all', bytes: rss, parts })).toBe(true)
  expect(parts.length).toBeGreaterThan(3)
})

test('of a saved image, which does not say where the memory is, there are no rows and no parts', () => {
  const { process, ...rest } = worker([LUA])
  expect(written({ ...rest, process: { rss: process.rss } })).toMatchObject({ rows: [], parts: [] })
})
