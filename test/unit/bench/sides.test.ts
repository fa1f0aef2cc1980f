import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkOut } from '../../../plugin/bench/checkout.js'
import { findSides } from '../../../plugin/bench/sides.js'
import { Repository } from './repository.js'

const FILES = { 'web/conf/nginx.conf': 'events {}', 'web/lua/demo.lua': 'return 1' }
const CONF = 'web/conf/nginx.conf'

async function aFeature(): Promise<Repository> {
  const repository = await Repository.create(FILES)
  await repository.branch('feature', { 'web/lua/demo.lua': 'return 2' })
  return repository
}

test('a branch is compared with the working tree that the conf is in', async () => {
  const { folder } = await aFeature()
  const sides = await findSides({ conf: join(folder, CONF), base: 'main' })
  expect(sides).toMatchObject({
    conf: CONF,
    prefix: undefined,
    base: { root: folder, commit: expect.stringMatching(/^[0-9a-f]{40}$/), revision: { ref: 'main', dirty: false } },
    head: { root: folder, commit: null, revision: { ref: 'feature', dirty: false } },
  })
  expect(sides.base.title).toMatch(/^base main \([0-9a-f]{7}\)$/)
  expect(sides.head.title).toMatch(/^head feature \([0-9a-f]{7}\)$/)
})

test('both sides become folders whose paths are equally long, and nothing of them stays', async () => {
  const repository = await aFeature()
  const sides = await findSides({ conf: CONF, base: 'main', head: repository.folder })
  const seen = await (async () => {
    await using folders = await checkOut(sides)
    expect(folders.base.length).toBe(folders.head.length)
    const read = (side: string) => readFile(join(side, 'web/lua/demo.lua'), 'utf8')
    return { texts: [await read(folders.base), await read(folders.head)], folders }
  })()
  expect(seen.texts).toEqual(['return 1', 'return 2'])
  expect((await repository.git('worktree', 'list')).split('\n')).toHaveLength(1)
  await expect(readdir(seen.folders.base)).rejects.toThrow('ENOENT')
  expect(await readFile(join(repository.folder, 'web/lua/demo.lua'), 'utf8')).toBe('return 2')
})

test('a folder within the repository is a side of its own', async () => {
  const { folder } = await aFeature()
  const sides = await findSides({ conf: 'conf/nginx.conf', base: 'main', head: join(folder, 'web'), prefix: '.' })
  expect(sides).toMatchObject({ conf: 'conf/nginx.conf', prefix: '' })
  await using folders = await checkOut(sides)
  expect(await readFile(join(folders.base, 'lua/demo.lua'), 'utf8')).toBe('return 1')
})

test('two folders need no git', async () => {
  const [one, other] = [await Repository.create(FILES), await Repository.create(FILES)]
  const sides = await findSides({ conf: CONF, base: one.folder, head: other.folder })
  expect(sides).toMatchObject({ base: { root: one.folder, commit: null }, head: { root: other.folder } })
})

test.each([
  [
    'an unknown revision',
    { base: 'mian' },
    /^base: mian is neither a revision in .* nor a folder\. .*git fetch origin mian/,
  ],
  ['a revision that looks like an option', { base: '--all' }, /^base: --all is neither a revision/],
  ['a folder that is not there', { base: './nowhere' }, /^base: \.\/nowhere is no folder/],
  ['a head that is not there', { base: 'main', head: '/nowhere' }, /^head: \/nowhere is no folder/],
  ['a conf that head lacks', { base: 'main', conf: 'none.conf' }, /^head: there is no none\.conf in /],
  ['the same folder twice', { base: '@' }, /^base and head are the same folder/],
])('%s is refused, and the side is named', async (_what, input, message) => {
  const { folder } = await aFeature()
  const base = input.base === '@' ? folder : input.base
  await expect(findSides({ conf: CONF, head: folder, ...input, base })).rejects.toThrow(message)
})

test('a conf that only head has is refused', async () => {
  const repository = await Repository.create({ 'README.md': '' })
  await repository.branch('feature', FILES)
  await expect(findSides({ conf: join(repository.folder, CONF), base: 'main' })).rejects.toThrow(
    /^base: there is no web\/conf\/nginx\.conf in base main \([0-9a-f]{7}\); head has it/,
  )
})

test('uncommitted changes are refused unless they are wanted', async () => {
  const repository = await aFeature()
  await repository.write({ 'web/lua/demo.lua': 'return 3', untracked: '' })
  const input = { conf: join(repository.folder, CONF), base: 'main' }
  await expect(findSides(input)).rejects.toThrow(
    /^head: .* has uncommitted changes \(web\/lua\/demo\.lua\), .* --dirty/,
  )
  const { head } = await findSides({ ...input, dirty: true })
  expect(head.title).toMatch(/^head feature \([0-9a-f]{7}, with changes\)$/)
})

test('a conf outside of any repository needs its folder named', async () => {
  const base = await Repository.create(FILES)
  await expect(findSides({ conf: '/etc/hostname', base: base.folder })).rejects.toThrow(/^head: .*--head/)
})
