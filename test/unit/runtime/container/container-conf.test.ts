import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  filesBeside,
  foldersOf,
  includesOfImage,
  prepareContainerConf,
  readContainerConf,
} from '../../../../plugin/runtime/container/container-conf.js'
import type { ImageFacts } from '../../../../plugin/runtime/container/container-probe.js'

const debian: ImageFacts = {
  executable: '/usr/sbin/nginx',
  build: {
    version: '1.22.1',
    configure: '--prefix=/usr/share/nginx --conf-path=/etc/nginx/nginx.conf --modules-path=/usr/lib/nginx/modules',
    modulesPath: '/usr/lib/nginx/modules',
    modules: ['ngx_http_lua_module.so'],
  },
  product: 'nginx 1.22.1 + ngx_http_lua_module',
  uid: 0,
  users: new Map([
    ['root', 'root'],
    ['www-data', 'www-data'],
    ['app', 'staff'],
  ]),
  envNames: new Set(),
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'container-conf-'))
})
afterEach(() => rm(folder, { recursive: true }))

const server = 'events {} http { server { listen 80; listen [::]:80; } server { listen 127.0.0.1:8081; } }'

async function prepared(text: string, facts = debian) {
  const conf = join(folder, 'nginx.conf')
  await writeFile(conf, text)
  const result = prepareContainerConf(readContainerConf({ conf }), facts, '/run/ours', {})
  return { ...result, text: result.files.map((file) => file.text).join('\n') }
}

test('keeps every port and binds it to every address, since published ports do not come in on loopback', async () => {
  const { text, endpoints } = await prepared(server)
  expect(text).toContain('listen 0.0.0.0:80;')
  expect(text).toContain('listen 0.0.0.0:8081;')
  expect(endpoints.map(({ port, bound }) => [port, bound.kind === 'tcp' && bound.port])).toEqual([
    [80, 80],
    [8081, 8081],
  ])
})

test('needs the files beside its folders that it names as certificates and the like', async () => {
  const conf = join(folder, 'gateway', 'nginx.conf')
  await mkdir(join(folder, 'gateway'))
  await writeFile(
    conf,
    `http { server { ssl_certificate ../tls.crt; ssl_certificate_key ${folder}/tls.key; ssl_crl near.crl;
auth_basic_user_file /etc/nginx/users; ssl_dhparam ../$host.pem; ssl_stapling_file ../tls.crt; } }`,
  )
  expect(filesBeside(readContainerConf({ conf }), { conf })).toEqual([join(folder, 'tls.crt'), join(folder, 'tls.key')])
})

test('writes the patched conf over the copy of the original', async () => {
  const { conf, files } = await prepared(server)
  expect(conf).toBe(join(folder, 'nginx.conf'))
  expect(files.map(({ path }) => path)).toEqual([conf])
})

test('runs workers as the user of the conf where the image has it, with its own group', async () => {
  expect((await prepared(`user app; ${server}`)).text).toContain('user app staff;')
})

test("runs workers as the build's or the distribution's user where the image lacks the conf's", async () => {
  expect((await prepared(`user deploy; ${server}`)).text).toContain('user www-data www-data;')
  const build = { ...debian.build, configure: `${debian.build.configure} --user=app` }
  expect((await prepared(`user deploy; ${server}`, { ...debian, build })).text).toContain('user app staff;')
})

test('names no user where the image does not run as root', async () => {
  const { text, globals } = await prepared(`user app; ${server}`, { ...debian, uid: 1000 })
  expect(`${text} ${globals}`).not.toMatch(/\buser /)
})

test("takes from the image what it includes and does not have, and leaves absolute paths into the image's folders alone", async () => {
  const conf = join(folder, 'nginx.conf')
  await mkdir(join(folder, 'sites'))
  await writeFile(join(folder, 'sites/a.conf'), '')
  await writeFile(
    conf,
    'http { include mime.types; include sites/a.conf; include extra/*.conf; include /etc/hostname; }',
  )
  const tree = readContainerConf({ conf })
  expect(tree.files.map(({ path }) => path)).toEqual([conf, join(folder, 'sites/a.conf')])
  expect(includesOfImage(tree, debian)).toEqual([{ from: '/etc/nginx/mime.types', to: join(folder, 'mime.types') }])
})

test('takes the folder of the conf too where it is outside the prefix', () => {
  expect(foldersOf({ conf: '/app/conf/nginx.conf' })).toEqual(['/app'])
  expect(foldersOf({ conf: '/app/conf/nginx.conf', prefix: '/app/' })).toEqual(['/app'])
  expect(foldersOf({ conf: '/app/nginx.conf', prefix: '/apple' })).toEqual(['/apple', '/app'])
})
