import { expect, test } from 'vitest'
import { parseProbe } from '../../../../plugin/runtime/container/container-probe.js'

const debian = `== executable
/usr/sbin/nginx
== version
nginx version: nginx/1.22.1
configure arguments: --prefix=/usr/share/nginx --modules-path=/usr/lib/nginx/modules
== modules
ndk_http_module.so
ngx_http_lua_module.so
== uid
0
== env
PATH
REGION
== passwd
root:x:0:0:root:/root:/bin/bash
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
stray:x:7:4711::/:/bin/false
== group
root:x:0:
www-data:x:33:
`

const openresty = `== executable
/usr/local/openresty/bin/openresty
== version
nginx version: openresty/1.27.1.2
configure arguments: --prefix=/usr/local/openresty/nginx --add-module=../ngx_lua-0.10.28
== modules
*.so
== uid
1000
== passwd
app:x:1000:1000::/:/bin/sh
== group
app:x:1000:
`

test('reads a distribution with Lua as a module', () => {
  expect(parseProbe('debian', debian)).toEqual({
    executable: '/usr/sbin/nginx',
    build: {
      version: '1.22.1',
      configure: '--prefix=/usr/share/nginx --modules-path=/usr/lib/nginx/modules',
      modulesPath: '/usr/lib/nginx/modules',
      modules: ['ndk_http_module.so', 'ngx_http_lua_module.so'],
    },
    product: 'nginx 1.22.1 + ngx_http_lua_module',
    uid: 0,
    users: new Map([
      ['root', 'root'],
      ['www-data', 'www-data'],
    ]),
    envNames: new Set(['PATH', 'REGION']),
  })
})

test('reads OpenResty, whose folder of modules is empty', () => {
  expect(parseProbe('openresty', openresty)).toMatchObject({
    executable: '/usr/local/openresty/bin/openresty',
    build: { version: '1.27.1.2', modules: [] },
    product: 'openresty 1.27.1.2',
    uid: 1000,
  })
})

test('an image without nginx is an error that names the image', () => {
  expect(() => parseProbe('alpine:3', debian.replace('/usr/sbin/nginx', ''))).toThrow(
    expect.objectContaining({ code: 'RUNTIME_NO_OPENRESTY', message: expect.stringContaining('image alpine:3 has') }),
  )
})

test('something else of that name is shown', () => {
  expect(() => parseProbe('odd', debian.replace(/nginx version.*/, 'sh: cannot execute'))).toThrow(
    expect.objectContaining({
      code: 'RUNTIME_NO_OPENRESTY',
      message: expect.stringContaining('prints "sh: cannot execute'),
    }),
  )
})

test('an nginx that runs no Lua is an error that says where Lua was looked for', () => {
  expect(() => parseProbe('nginx:1', debian.replace('ngx_http_lua_module.so', 'ngx_http_js_module.so'))).toThrow(
    expect.objectContaining({ code: 'RUNTIME_NO_LUA', message: expect.stringContaining('/usr/lib/nginx/modules') }),
  )
})
