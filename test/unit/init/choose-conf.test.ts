import { expect, test } from 'vitest'
import { chooseConf } from '../../../plugin/init/choose-conf.js'
import type { ConfPicture } from '../../../plugin/init/picture.js'

const conf = (file: string, runsLua = true): ConfPicture => ({ file, runsLua })

test.each<[string, ConfPicture[], { file: string; why: string } | undefined]>([
  ['none is none', [], undefined],
  [
    'the only one is it, wherever it lies',
    [conf('test/nginx.conf')],
    { file: 'test/nginx.conf', why: 'the only conf here' },
  ],
  [
    'one that runs Lua comes before one that does not',
    [conf('nginx.conf', false), conf('gateway/nginx.conf')],
    { file: 'gateway/nginx.conf', why: 'of 2 confs: it runs Lua' },
  ],
  [
    'what lies among tests is the last choice',
    [conf('t/servroot/conf/nginx.conf'), conf('deploy/prod/etc/nginx.conf', false)],
    { file: 'deploy/prod/etc/nginx.conf', why: 'of 2 confs: it is not among tests or examples' },
  ],
  [
    'then the usual name counts',
    [conf('conf/admin.conf'), conf('conf/nginx.conf')],
    { file: 'conf/nginx.conf', why: 'of 2 confs: it is named nginx.conf' },
  ],
  [
    'then how deep it lies',
    [conf('a/b/nginx.conf'), conf('z/nginx.conf')],
    { file: 'z/nginx.conf', why: 'of 2 confs: it lies least deep' },
  ],
  [
    'then the alphabet, which is said',
    [conf('b/nginx.conf'), conf('a/nginx.conf')],
    { file: 'a/nginx.conf', why: 'of 2 confs: it comes first by name' },
  ],
])('%s', (_, confs, chosen) => {
  expect(chooseConf(confs)).toEqual(chosen)
})
