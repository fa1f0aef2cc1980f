import { expect, test } from 'vitest'
import { readConfTree } from '../../../plugin/conf/conf-tree.js'
import { applyEdits } from '../../../plugin/conf/edit.js'
import { preludeEdits } from '../../../plugin/conf/prelude.js'

function preluded(conf: string): string {
  const tree = readConfTree('/srv/nginx.conf', {}, { read: () => conf, glob: () => [] })
  return applyEdits(conf, preludeEdits(tree, '/tmp/prelude.lua'))
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
