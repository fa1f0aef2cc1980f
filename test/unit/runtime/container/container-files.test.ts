import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { filesToCopy } from '../../../../plugin/runtime/container/container-files.js'

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'container-files-'))
})
afterEach(() => rm(root, { recursive: true }))

async function file(path: string, mode = 0o644): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true })
  await writeFile(join(root, path), path)
  await chmod(join(root, path), mode)
}

const copied = async (...folders: string[]) =>
  (await filesToCopy(folders.map((folder) => join(root, folder)))).map(({ target, mode }) => [
    target.slice(root.length + 1),
    mode.toString(8),
  ])

test('copies each file to the path it has here, readable by everybody', async () => {
  await file('app/conf/nginx.conf', 0o600)
  await file('app/lua/demo.lua')
  await file('app/bin/tool', 0o700)
  expect(await copied('app')).toEqual([
    ['app/bin/tool', '755'],
    ['app/conf/nginx.conf', '644'],
    ['app/lua/demo.lua', '644'],
  ])
})

test('copies single files beside the folders, as far as they are there', async () => {
  await file('app/nginx.conf')
  await file('certs/tls.key', 0o600)
  await file('certs/unused.key')
  const single = ['certs/tls.key', 'certs/none.key', 'certs'].map((name) => join(root, name))
  const files = await filesToCopy([join(root, 'app')], single)
  expect(files.map(({ target }) => target.slice(root.length + 1)).sort()).toEqual(['app/nginx.conf', 'certs/tls.key'])
})

test('leaves .git and node_modules out', async () => {
  await file('app/nginx.conf')
  await file('app/.git/HEAD')
  await file('app/lua/node_modules/x.lua')
  expect(await copied('app')).toEqual([['app/nginx.conf', '644']])
})

test('copies what a symlink points at, once per folder around it', async () => {
  await file('shared/log.lua')
  await file('app/nginx.conf')
  await symlink('../shared', join(root, 'app/lua'))
  await symlink('..', join(root, 'app/loop'))
  await symlink('nowhere', join(root, 'app/broken'))
  expect(await copied('app')).toEqual(
    expect.arrayContaining([
      ['app/lua/log.lua', '644'],
      ['app/nginx.conf', '644'],
    ]),
  )
})

test('copies a file once when folders overlap', async () => {
  await file('app/conf/nginx.conf')
  expect(await copied('app', 'app/conf')).toEqual([['app/conf/nginx.conf', '644']])
})
