import { describe, expect, test } from 'vitest'
import { uniqueNames } from '../../../../plugin/heap/source/file-name.js'
import { fromPrefix } from '../../../../plugin/heap/source/from-prefix.js'
import { readSource } from '../../../../plugin/heap/source/source.js'
import { aGrowth } from '../../report/build.js'

describe('file and line', () => {
  test.each([
    ['/srv/app/lua/demo.lua:5', '/srv/app/lua/demo.lua', 5],
    ['/srv/app//lua/./demo.lua:5', '/srv/app/lua/demo.lua', 5],
    ['./lua/demo.lua:5', 'lua/demo.lua', 5],
    ['/srv/app/page.lua:0', '/srv/app/page.lua', 1],
    ['content_by_lua(nginx.conf:13):1', 'nginx.conf', 13],
    ['content_by_lua(nginx.conf:13):0', 'nginx.conf', 13],
    ['log_by_lua(nginx.conf:13):4', 'nginx.conf', 16],
    ['content_by_lua(...me/conf/sites/api.conf:13):4', 'conf/sites/api.conf', 16],
    ['[builtin:deg]', null, null],
    ['[string "return function() end..."]:3', null, null],
    ['_G write guard:6', null, null],
    ['?:7', null, null],
  ])('of %s', (text, file, line) => {
    expect(readSource(text)).toMatchObject({ file, line })
  })
})

test('a file is named by the shortest end of its path that no other has', () => {
  const files = [
    '/srv/alpha/handler.lua',
    '/srv/beta/handler.lua',
    '/opt/beta/handler.lua',
    'handler.lua',
    '/srv/demo.lua',
    '/srv/auth/init.lua',
    '/srv/user/init.lua',
    '/opt/user/init.lua',
  ]
  expect([...uniqueNames(files).values()]).toEqual([
    'alpha/handler.lua',
    'srv/beta/handler.lua',
    'opt/beta/handler.lua',
    'handler.lua',
    'demo.lua',
    'auth/init.lua',
    'srv/user/init.lua',
    'opt/user/init.lua',
  ])
})

test("files are told from nginx's prefix, and stay absolute outside of it", () => {
  const place = (file: string | null) => ({ source: 'a.lua:1', file, line: 1, objects: 5 })
  const told = (prefix: string | undefined) => {
    const definedAt = ['/srv/app/a.lua', '/srv/application/a.lua', null].map(place)
    const types = { function: { objects: 15, bytes: 1, objectsPerRequest: 1, bytesPerRequest: 1, definedAt } }
    const growth = fromPrefix(aGrowth({ file: '/srv/app/lua/a.lua', line: 1, types }), prefix)
    return [growth.file, ...growth.types.function!.definedAt!.map(({ file }) => file)]
  }
  expect(told('/srv/app/')).toEqual(['lua/a.lua', 'a.lua', '/srv/application/a.lua', null])
  expect(told(undefined)).toEqual(['/srv/app/lua/a.lua', '/srv/app/a.lua', '/srv/application/a.lua', null])
})
