import { expect, test } from 'vitest'
import { readConfTree } from '../../../plugin/conf/conf-tree.js'
import { applyEdits } from '../../../plugin/conf/edit.js'
import { preludeEdits } from '../../../plugin/conf/prelude.js'
import type { PreludePhase } from '../../../plugin/types/runtime.js'

function preluded(conf: string, from?: PreludePhase): string {
  const tree = readConfTree('/srv/nginx.conf', {}, { read: () => conf, glob: () => [] })
  return applyEdits(conf, preludeEdits(tree, '/tmp/prelude.lua', from))
}

const CALL = 'pcall(dofile, [=[/tmp/prelude.lua]=]);'
const LUA = 'server { location / { content_by_lua_block { ngx.say(1) } } }'

test('a worker without Lua of its own runs the prelude, and no line moves', () => {
  expect(preluded(`http {\n${LUA}\n}\n`)).toBe(`http { init_worker_by_lua_block { ${CALL} }\n${LUA}\n}\n`)
})

test("the prelude comes before the user's own code", () => {
  expect(preluded(`http {\ninit_worker_by_lua_block { -- start\nstart() }\n${LUA} }`)).toBe(
    `http {\ninit_worker_by_lua_block { ${CALL} -- start\nstart() }\n${LUA} }`,
  )
})

test("the user's own file is read from the prefix, under its whole path", () => {
  expect(preluded(`http { init_worker_by_lua_file lua/start.lua; ${LUA} }`)).toBe(
    `http { init_worker_by_lua_block { ${CALL} assert(loadfile([=[/srv/lua/start.lua]=]))() } ${LUA} }`,
  )
})

test('so does code that is given as a string', () => {
  expect(preluded(`http { init_worker_by_lua 'start()'; ${LUA} }`)).toBe(
    `http { init_worker_by_lua '${CALL} start()'; ${LUA} }`,
  )
})

test('stream has its own, and a block without Lua has none', () => {
  const stream = 'stream { server { content_by_lua_block { ngx.say(1) } } }'
  expect(preluded(`http { server { listen 80; } }\n${stream}`)).toBe(
    `http { server { listen 80; } }\nstream { init_worker_by_lua_block { ${CALL} } server { content_by_lua_block { ngx.say(1) } } }`,
  )
})

test('init_by_lua runs it only where it is wanted from there on', () => {
  const conf = `http { init_by_lua_block { begin() } ${LUA} }`
  expect(preluded(conf)).toBe(`http { init_worker_by_lua_block { ${CALL} } init_by_lua_block { begin() } ${LUA} }`)
  expect(preluded(conf, 'init')).toBe(
    `http { init_worker_by_lua_block { ${CALL} } init_by_lua_block { ${CALL} begin() } ${LUA} }`,
  )
})

test('so does one that is a file or a string', () => {
  const worker = 'init_worker_by_lua "start()";'
  expect(preluded(`http { init_by_lua_file lua/begin.lua; ${worker} }`, 'init')).toBe(
    `http { init_by_lua_block { ${CALL} assert(loadfile([=[/srv/lua/begin.lua]=]))() } init_worker_by_lua "${CALL} start()"; }`,
  )
  expect(preluded(`http { init_by_lua 'begin()'; ${worker} }`, 'init')).toBe(
    `http { init_by_lua '${CALL} begin()'; init_worker_by_lua "${CALL} start()"; }`,
  )
})

test('a master whose conf has no init_by_lua runs no Lua, and none of ours', () => {
  expect(preluded(`http { ${LUA} }`, 'init')).toBe(`http { init_worker_by_lua_block { ${CALL} } ${LUA} }`)
})

test('each of http and stream has its own init_by_lua', () => {
  const stream = 'stream { init_by_lua_block { begin() } }'
  expect(preluded(`http { server { listen 80; } }\n${stream}`, 'init')).toBe(
    `http { server { listen 80; } }\nstream { init_worker_by_lua_block { ${CALL} } init_by_lua_block { ${CALL} begin() } }`,
  )
})
