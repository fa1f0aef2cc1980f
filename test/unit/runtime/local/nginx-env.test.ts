import { expect, test } from 'vitest'
import { nginxEnv } from '../../../../plugin/runtime/local/nginx-env.js'

test('a search path of the user is searched before that of an unpacked installation', () => {
  const own = { LD_LIBRARY_PATH: '/u/lib', LUA_PATH: '/u/?.lua;;', LUA_CPATH: '/u/?.so;;' }
  expect(nginxEnv(own, { LD_LIBRARY_PATH: '/opt/mine', LUA_PATH: '/opt/?.lua', STAGE: 'test' })).toEqual({
    LD_LIBRARY_PATH: '/opt/mine:/u/lib',
    LUA_PATH: '/opt/?.lua;/u/?.lua;;',
    LUA_CPATH: '/u/?.so;;',
    STAGE: 'test',
  })
})

test('an installation that needs none leaves the user’s as they are', () => {
  expect(nginxEnv({}, { LD_LIBRARY_PATH: '/opt/mine', A: '' })).toEqual({ LD_LIBRARY_PATH: '/opt/mine', A: '' })
  expect(nginxEnv({ LD_LIBRARY_PATH: '/u/lib' })).toEqual({ LD_LIBRARY_PATH: '/u/lib' })
})
