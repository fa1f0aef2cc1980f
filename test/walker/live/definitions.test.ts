import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { HeapNode, VmSnapshot } from '../../../plugin/types/snapshot.js'
import { byPath, httpVm } from '../paths.js'
import { serve } from '../server.js'

const folder = mkdtempSync(join(tmpdir(), 'definitions-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The http VM after `code` ran; the files are modules. */
async function heapAfter(code: string, files: Readonly<Record<string, string>>): Promise<VmSnapshot> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const http = `lua_package_path "${folder}/?.lua;;";`
  await using server = await serve({ locations: { '/make': `${code} ngx.print("ok")` }, http })
  await server.get('/make')
  return httpVm(await server.runtime.snapshot(server.pid))
}

function definitionsAt(vm: VmSnapshot, path: string): [string, number][] | undefined {
  return byPath(vm)
    .get(path)
    ?.def?.map(([source, objects]) => [vm.sources[source] ?? 'others', objects])
}

function classAt(vm: VmSnapshot, path: string): string | undefined {
  const node: HeapNode | undefined = byPath(vm).get(path)
  return node?.cls === undefined ? undefined : vm.sources[node.cls]
}

test('counts functions, threads and prototypes by where they are defined', async () => {
  const vm = await heapAfter(
    `local made, kept = require("made"), { functions = {}, threads = {} }
    for i = 1, 20 do kept.functions[i] = made.one() end
    for i = 21, 25 do kept.functions[i] = made.other() end
    kept.functions[26] = print
    for i = 1, 7 do
      kept.threads[i] = coroutine.create(made.body)
      coroutine.resume(kept.threads[i])
    end
    package.loaded.kept = kept`,
    {
      'made.lua': `return {
  one = function() return function() end end,
  other = function()
    local text = ""
    return function() return text end
  end,
  body = function() coroutine.yield() end,
}
`,
    },
  )
  expect(definitionsAt(vm, 'registry._LOADED.kept.functions[*]')).toEqual([
    [`${folder}/made.lua:2`, 20],
    [`${folder}/made.lua:5`, 5],
  ])
  expect(definitionsAt(vm, 'registry._LOADED.kept.threads[*]')).toEqual([[`${folder}/made.lua:7`, 7]])
  expect(definitionsAt(vm, 'registry._LOADED.made.one.<proto>')).toEqual([[`${folder}/made.lua:2`, 1]])
})

test('counts the tables that are made to be metatables', async () => {
  const vm = await heapAfter(
    `local kept = {}
    for i = 1, 5 do kept[i] = {} kept[i].__index = kept[i] end
    kept[6] = setmetatable({}, kept[1])
    package.loaded.kept = kept`,
    {},
  )
  expect(byPath(vm).get('registry._LOADED.kept[*]')).toMatchObject({ o: { table: [6, expect.any(Number)] }, mts: 5 })
})

test('takes sources beyond the eighth together, and leaves no object out', async () => {
  const functions = Array.from({ length: 12 }, (_, index) => `list[#list + 1] = function() return ${index} end`)
  const vm = await heapAfter('require("list")', { 'list.lua': `local list = {}\n${functions.join('\n')}\nreturn list` })
  const told = definitionsAt(vm, 'registry._LOADED.list[*]')!
  expect(told).toHaveLength(9)
  expect(told.at(-1)).toEqual(['others', 4])
})

test('tells the class of tables by the functions that their metatable gives them', async () => {
  const vm = await heapAfter('require("objects")', {
    'base.lua': `local Base = {}
Base.__index = Base

function Base:show() end
function Base:hide() end
return Base
`,
    'own.lua': `local base = require "base"
local Own = setmetatable({}, { __index = base })

function Own.shout() end
return { __index = Own }
`,
    'objects.lua': `local base, own = require "base", require "own"
local bare = setmetatable({}, base)
bare.__index = bare
local mixed = { one = base.show, other = own.__index.shout }
return {
  object = setmetatable({}, base),
  derived = setmetatable({}, own),
  heir = setmetatable({}, bare),
  called = setmetatable({}, { __call = base.hide }),
  list = { setmetatable({}, base), setmetatable({}, base) },
  other = { setmetatable({}, base), {} },
  two = { setmetatable({}, base), setmetatable({}, own) },
  mixed = setmetatable({}, { __index = mixed }),
  env = setmetatable({}, { __index = _G }),
  weak = setmetatable({}, { __mode = "k" }),
  plain = {},
}
`,
  })
  const classes = Object.fromEntries(
    ['object', 'derived', 'heir', 'called', 'list[*]', 'other[*]', 'two[*]', 'mixed', 'env', 'weak', 'plain'].map(
      (name) => [name, classAt(vm, `registry._LOADED.objects.${name}`)?.replace(`${folder}/`, '')],
    ),
  )
  expect(classes).toEqual({
    object: 'base.lua:4',
    derived: 'own.lua:4',
    heir: 'base.lua:4',
    called: 'base.lua:5',
    'list[*]': 'base.lua:4',
    'other[*]': undefined,
    'two[*]': undefined,
    mixed: undefined,
    env: undefined,
    weak: undefined,
    plain: undefined,
  })
  expect(classAt(vm, 'globals')).toBeUndefined()
})
