import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { LUA_FILES, LuaChanges } from '../../../plugin/vitest/lua-changes.js'

function aProject() {
  const root = mkdtempSync(join(tmpdir(), 'lua-changes-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const changes = new LuaChanges(root)
  return (name: string, text: string) => {
    const file = join(root, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return changes.isNew(file)
  }
}

test('Lua and confs are what a server runs', () => {
  const names = ['lua/a.lua', 'nginx.conf', 'conf/servers.conf', 'a.test.ts', 'confused', 'lua/a.lua.bak']
  expect(names.filter((name) => LUA_FILES.test(name))).toEqual(['lua/a.lua', 'nginx.conf', 'conf/servers.conf'])
})

test('a file that says something else is new, one that was written as it was is not', () => {
  const write = aProject()
  expect(write('lua/a.lua', 'return 1')).toBe(true)
  expect(write('lua/a.lua', 'return 1')).toBe(false)
  expect(write('lua/b.lua', 'return 1')).toBe(true)
  expect(write('lua/a.lua', 'return 2')).toBe(true)
})

test('the copies that servers run from are never new, in a project that has its temporary files inside', () => {
  const write = aProject()
  expect(write('tmp/vitest-openresty-leak-Ab12/mirror/nginx.conf', 'events {}')).toBe(false)
})
