import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { checkOut } from '../../../../plugin/compare/sides/checkout.js'
import { findSides } from '../../../../plugin/compare/sides/sides.js'
import { Repository } from './repository.js'

const FILES = { 'web/conf/nginx.conf': 'events {}', 'web/lua/demo.lua': 'return 1' }
const CONF = 'web/conf/nginx.conf'

let feature: Repository
beforeAll(async () => {
  feature = await Repository.template(FILES)
  await feature.branch('feature', { 'web/lua/demo.lua': 'return 2' })
  return () => feature.remove()
})

/** On a branch that changes the demo. */
const aFeature = () => feature.copy()

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
  ['an unknown revision', { base: 'mian' }, /^base: mian is neither a revision in \/.* nor a folder\.$/],
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

test('a branch that only the remote of a clone has is pointed out, and how a shallow clone gets it', async () => {
  const origin = await aFeature()
  const clone = await Repository.clone(origin, '--branch', 'feature')
  const input = { conf: join(clone.folder, CONF) }
  await expect(findSides({ ...input, base: 'main' })).rejects.toThrow(/^base: main is neither .* --base origin\/main$/)

  const shallow = await Repository.clone(origin, '--branch', 'feature', '--depth', '1')
  const asked = { conf: join(shallow.folder, CONF), base: 'origin/main' }
  const error: Error = await findSides(asked).then(String, (caught) => caught)
  const [, command = ''] = /: git (fetch .*)$/.exec(error.message) ?? []
  await shallow.git(...command.split(' '))
  expect(await findSides(asked)).toMatchObject({ base: { revision: { ref: 'origin/main' } } })
})

test('submodules are filled as the base names them, from those that are here', async () => {
  const library = await Repository.create({ 'resty/thing.lua': 'return 1' })
  const repository = await Repository.create(FILES)
  await repository.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '--quiet', library.folder, 'web/vendor')
  await repository.commit({})
  await library.commit({ 'resty/thing.lua': 'return 2' })
  await repository.branch('feature', {})
  await repository.git('-C', 'web/vendor', 'pull', '--quiet')
  await repository.commit({})
  const read = (folder: string) => readFile(join(folder, 'web/vendor/resty/thing.lua'), 'utf8')
  {
    await using folders = await checkOut(await findSides({ conf: join(repository.folder, CONF), base: 'main' }))
    expect([await read(folders.base), await read(folders.head)]).toEqual(['return 1', 'return 2'])
  }
  expect(await repository.git('status', '--porcelain')).toBe('')
  expect((await repository.git('worktree', 'list')).split('\n')).toHaveLength(1)
})

test('a folder may be named by a link to it', async () => {
  const { folder } = await aFeature()
  const linked = join(await mkdtemp(join(tmpdir(), 'resty-leak-link-')), 'link')
  onTestFinished(() => rm(dirname(linked), { recursive: true }))
  await symlink(folder, linked)
  const sides = await findSides({ conf: join(linked, CONF), base: 'main', prefix: join(linked, 'web') })
  expect(sides).toMatchObject({ conf: CONF, prefix: 'web', head: { root: folder } })
  await expect(findSides({ conf: CONF, base: linked, head: folder })).rejects.toThrow(/^base and head are the same/)
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
