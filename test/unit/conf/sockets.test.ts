import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { chooseSockets, whyNoSocketHere } from '../../../plugin/conf/sockets.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sockets-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('a path that is free in a folder of ours is fine', async () => {
  expect(await whyNoSocketHere(join(folder, 'a.sock'))).toBeUndefined()
})

test('a path where a server listens is another one’s', async () => {
  const path = join(folder, 'a.sock')
  const server = createServer().listen({ path })
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  expect(await whyNoSocketHere(path)).toBe('another server listens there')
})

test('a path that is taken, or in no folder, is said to be', async () => {
  await writeFile(join(folder, 'a.sock'), '')
  expect(await whyNoSocketHere(join(folder, 'a.sock'))).toMatch(/^a file is there already/)
  expect(await whyNoSocketHere(join(folder, 'run/a.sock'))).toBe(`there is no folder ${folder}/run`)
})

// Root may write everywhere.
test.skipIf(process.getuid?.() === 0)('a folder that is not ours is said to be none', async () => {
  await mkdir(join(folder, 'run'), { mode: 0o500 })
  expect(await whyNoSocketHere(join(folder, 'run/a.sock'))).toBe(`${folder}/run cannot be written to`)
})

test('a relative path stays, from where this process is', async () => {
  const at = (path: string) => relative(process.cwd(), join(folder, path))
  await writeFile(join(folder, 'taken.sock'), '')
  const { sockets } = await chooseSockets([at('a.sock'), at('taken.sock')], '/t', whyNoSocketHere)
  expect([...sockets]).toEqual([[at('taken.sock'), '/t/taken.sock']])
})

test('what cannot stay is moved, two of one name apart, and what can stays', async () => {
  const whyNot = async (path: string) => (path.startsWith('/p/') ? undefined : 'taken')
  const { sockets, reasons } = await chooseSockets(
    ['/run/a/x.sock', '/p/x.sock', '/run/b/x.sock', 'x.sock'],
    '/t',
    whyNot,
  )
  expect([...sockets]).toEqual([
    ['/run/a/x.sock', '/t/x.sock'],
    ['/run/b/x.sock', '/t/1-x.sock'],
    ['x.sock', '/t/2-x.sock'],
  ])
  expect(reasons.get('/run/b/x.sock')).toBe('taken; Lua that names it does not find it here')
})

test('what cannot stay in the prefix keeps its place in a copy of it, unless its path gets too long', async () => {
  const long = `run/${'x'.repeat(105)}`
  const copy = { folder: '/t/prefix', within: (path: string) => (path.startsWith('/p/') ? path.slice(3) : undefined) }
  const paths = ['/p/run/x.sock', '/run/x.sock', `/p/${long}`]
  const { sockets, reasons } = await chooseSockets(paths, '/t', async () => 'taken', copy)
  expect([...sockets.values()]).toEqual(['/t/prefix/run/x.sock', '/t/x.sock', `/t/${'x'.repeat(105)}`])
  expect(reasons.get('/p/run/x.sock')).toBe('taken; Lua that finds it by the prefix finds it here')
})
