import { expect, test } from 'vitest'
import { readConfTree } from '../../../plugin/conf/conf-tree.js'
import { layOutMirror, layOutPrefix } from '../../../plugin/conf/mirror.js'
import type { PreparedConf } from '../../../plugin/conf/prepare.js'

const FOLDERS: Record<string, string[]> = {
  '/p': ['conf', 'lua', 'certs'],
  '/p/conf': ['nginx.conf', 'mime.types', 'sites'],
  '/p/conf/sites': ['a.conf', 'b.conf'],
}
const list = (folder: string) => FOLDERS[folder] ?? []

function layOut(patched: string[], prefix?: string) {
  const tree = readConfTree('/p/conf/nginx.conf', { prefix }, { read: () => '', glob: () => [] })
  const prepared: PreparedConf = {
    conf: '',
    prefix: tree.prefix,
    globals: '',
    files: patched.map((path) => ({ path, text: `text of ${path}` })),
    endpoints: [],
    notices: [],
    doubts: [],
    lacks: null,
  }
  return layOutMirror('/m', tree, prepared, list)
}

test('has patched files at their own paths and links to all that is beside them, from the prefix down', () => {
  expect(layOut(['/p/conf/nginx.conf', '/p/conf/sites/a.conf'])).toEqual({
    folders: ['/m', '/m/p', '/m/p/conf', '/m/p/conf/sites'],
    files: [
      { path: '/m/p/conf/nginx.conf', text: 'text of /p/conf/nginx.conf' },
      { path: '/m/p/conf/sites/a.conf', text: 'text of /p/conf/sites/a.conf' },
    ],
    links: [
      { path: '/m/p/lua', to: '/p/lua' },
      { path: '/m/p/certs', to: '/p/certs' },
      { path: '/m/p/conf/mime.types', to: '/p/conf/mime.types' },
      { path: '/m/p/conf/sites/b.conf', to: '/p/conf/sites/b.conf' },
    ],
  })
})

test('links nothing of a folder above the conf that is not in the prefix', () => {
  const { links } = layOut(['/p/conf/nginx.conf'], '/elsewhere')
  expect(links).toEqual([
    { path: '/m/p/conf/mime.types', to: '/p/conf/mime.types' },
    { path: '/m/p/conf/sites', to: '/p/conf/sites' },
  ])
})

test('links nothing beside a patched file from elsewhere', () => {
  const { links, folders } = layOut(['/p/conf/nginx.conf', '/etc/n/x.conf'])
  expect(folders).toContain('/m/etc/n')
  expect(links.every(({ to }) => to.startsWith('/p/'))).toBe(true)
})

test('a copy of the prefix has links to all that is there, and room for what is its own', () => {
  expect(layOutPrefix('/t/prefix', '/p', ['/t/prefix/conf/mime.types', '/t/prefix/run/a.sock'], list)).toEqual({
    folders: ['/t/prefix', '/t/prefix/conf', '/t/prefix/run'],
    files: [],
    links: [
      { path: '/t/prefix/lua', to: '/p/lua' },
      { path: '/t/prefix/certs', to: '/p/certs' },
      { path: '/t/prefix/conf/nginx.conf', to: '/p/conf/nginx.conf' },
      { path: '/t/prefix/conf/sites', to: '/p/conf/sites' },
    ],
  })
})
