import { describe, expect, test } from 'vitest'
import {
  hasLua,
  nginxArguments,
  parseNginxVersion,
  takesErrorLogOption,
} from '../../../../plugin/runtime/install/nginx-build.js'

const DEBIAN = `nginx version: nginx/1.22.1
built with OpenSSL 3.0.22 25 Aug 2026
configure arguments: --with-cc-opt='-g -O2' --prefix=/usr/share/nginx --modules-path=/usr/lib/nginx/modules`
const OPENRESTY = `nginx version: openresty/1.27.1.2
built by gcc 12.2.0
configure arguments: --prefix=/usr/local/openresty/nginx --add-module=../ngx_lua-0.10.28`
const build = (version: string, modules: string[] = [], configure = '') => ({
  version,
  configure,
  modulesPath: '/m',
  modules,
})

describe('nginx -V', () => {
  test('of a distribution names its modules folder', () => {
    expect(parseNginxVersion(DEBIAN)).toMatchObject({
      version: '1.22.1',
      modulesPath: '/usr/lib/nginx/modules',
      isOpenresty: false,
    })
  })

  test('of OpenResty implies a modules folder in its prefix', () => {
    expect(parseNginxVersion(OPENRESTY)).toMatchObject({
      version: '1.27.1.2',
      modulesPath: '/usr/local/openresty/nginx/modules',
      isOpenresty: true,
    })
  })

  test.each(['', 'bash: -V: invalid option', 'Apache/2.4'])('of something else is told apart: %j', (text) => {
    expect(parseNginxVersion(text)).toBeNull()
  })
})

describe('Lua', () => {
  test('is part of OpenResty', () => expect(hasLua(build('1.27.1.2'), true)).toBe(true))
  test('may be a dynamic module', () => expect(hasLua(build('1.22.1', ['ngx_http_lua_module.so']), false)).toBe(true))
  test('may be compiled in', () => {
    expect(hasLua(build('1.22.1', [], '--add-module=/src/lua-nginx-module-0.10.26'), false)).toBe(true)
  })
  test('may be absent', () => expect(hasLua(build('1.22.1', ['ngx_stream_module.so']), false)).toBe(false))
})

describe('arguments', () => {
  test.each([
    ['1.18.0', false],
    ['1.19.4', false],
    ['1.19.5', true],
    ['1.22.1', true],
    ['1.27.1.2', true],
    ['2.0.0', true],
  ])('nginx %s takes -e: %s', (version, expected) => {
    expect(takesErrorLogOption(build(version))).toBe(expected)
  })

  test('name prefix, conf, log and what the conf lacks', () => {
    expect(nginxArguments(build('1.22.1'), { prefix: '/p', conf: '/t/nginx.conf', globals: 'daemon off;' })).toEqual([
      '-p',
      '/p/',
      '-c',
      '/t/nginx.conf',
      '-e',
      'stderr',
      '-g',
      'daemon off;',
    ])
    expect(nginxArguments(build('1.18.0'), { prefix: '/p', conf: '/t/nginx.conf', globals: '' })).toEqual([
      '-p',
      '/p/',
      '-c',
      '/t/nginx.conf',
    ])
  })
})
