import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findConfs } from '../../../plugin/init/find-confs.js'
import { lookAtProject } from '../../../plugin/init/look.js'
import { aFolder } from './folder.js'

const WITH_LUA = 'events {} http { server { listen 80; location / { content_by_lua_block { ngx.say(1) } } } }'

test('an empty folder is a project of nothing', () => {
  const folder = aFolder()
  expect(lookAtProject(folder)).toMatchObject({
    folder,
    packageJson: undefined,
    isTypeScript: false,
    manager: 'npm',
    hasLockfile: false,
    config: undefined,
    hasOtherTests: false,
    testFolder: undefined,
    repository: undefined,
    ci: { host: undefined, why: 'this is no git repository' },
    dockerfile: undefined,
  })
})

test('what is there is seen, from a folder inside of the project too', () => {
  const folder = aFolder({
    '.git/config': '[remote "origin"]\n\turl = git@gitlab.example.com:team/shop.git\n',
    'pnpm-lock.yaml': '',
    'gateway/package.json': '{ "type": "module", "devDependencies": { "typescript": "5", "vitest": "4" } }',
    'gateway/vite.config.ts': 'export default {}',
    'gateway/tests/cart.test.ts': '',
    'gateway/Dockerfile': 'FROM node AS build\nFROM --platform=linux/amd64 openresty/openresty:1.27 AS run\n',
    'gateway/conf/nginx.conf': WITH_LUA,
  })
  expect(lookAtProject(join(folder, 'gateway/conf'))).toMatchObject({
    folder: join(folder, 'gateway'),
    packageJson: { isModule: true, dependencies: ['typescript', 'vitest'] },
    isTypeScript: true,
    manager: 'pnpm',
    hasLockfile: true,
    config: { file: 'vite.config.ts', hasPlugin: false },
    hasOtherTests: true,
    testFolder: 'tests',
    repository: folder,
    ci: { host: 'gitlab', why: 'a remote of the repository is GitLab', hasGitlabFile: false },
    dockerfile: { file: 'Dockerfile', from: 'openresty/openresty:1.27' },
  })
})

test('a package.json above the repository is somebody else’s', () => {
  const folder = aFolder({ 'package.json': '{}', 'shop/lua/a.lua': '' })
  mkdirSync(join(folder, 'shop/.git'))
  expect(lookAtProject(join(folder, 'shop'))).toMatchObject({ folder: join(folder, 'shop'), packageJson: undefined })
})

test('files of the repository say more of its CI than its remote', () => {
  const remote = { '.git/config': '[remote "origin"]\n\turl = https://github.com/a/b\n' }
  expect(lookAtProject(aFolder(remote)).ci.host).toBe('github')
  expect(lookAtProject(aFolder({ ...remote, '.gitlab-ci.yml': '' })).ci).toMatchObject({
    host: 'gitlab',
    hasGitlabFile: true,
  })
  expect(lookAtProject(aFolder({ '.git/config': '', '.github/CODEOWNERS': '' })).ci.host).toBe('github')
  expect(lookAtProject(aFolder({ '.git/config': '' })).ci.host).toBeUndefined()
})

test('a package.json that cannot be read is one that says nothing', () => {
  expect(lookAtProject(aFolder({ 'package.json': '{ "type":' })).packageJson).toEqual({
    isModule: false,
    dependencies: [],
  })
})

test('confs are those that nginx could be started with, whether or not they run Lua', () => {
  const folder = aFolder({
    'conf/nginx.conf': 'events {}\nhttp { include sites/*.conf; }',
    'conf/sites/shop.conf': 'server { location / { content_by_lua_block { ngx.say(1) } } }',
    'plain.conf': 'events {} http { server { listen 81; } }',
    'broken.conf': 'events { http {',
    'redis.conf': 'maxmemory 100mb\n',
    'node_modules/other/nginx.conf': WITH_LUA,
    'deploy/nginx.conf.template': WITH_LUA,
  })
  expect(findConfs(folder)).toEqual({
    confs: [
      { file: 'conf/nginx.conf', runsLua: true },
      { file: 'plain.conf', runsLua: false },
    ],
    templates: ['deploy/nginx.conf.template'],
  })
})
