import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Relocation } from './installation.js'

/** How to run what lies in an unpacked root. */
export async function relocation(root: string): Promise<Relocation> {
  const libraries: string[] = []
  for (const parent of ['usr/lib', 'lib']) {
    for (const name of await readdir(join(root, parent)).catch(() => [])) {
      if (/^\w+-linux-gnu/.test(name)) libraries.push(join(root, parent, name))
    }
  }
  const share = join(root, 'usr/share/lua/5.1')
  const luaPath = `${share}/?.lua;${share}/?/init.lua`
  const luaCpath = libraries.map((folder) => `${folder}/lua/5.1/?.so`).join(';')
  return {
    root,
    luaPath,
    luaCpath,
    env: {
      LD_LIBRARY_PATH: [...libraries, process.env.LD_LIBRARY_PATH ?? ''].filter(Boolean).join(':'),
      // what LuaJIT starts from, and what `;;` in lua_package_path stands for
      LUA_PATH: `${luaPath};${process.env.LUA_PATH || ';'}`,
      LUA_CPATH: `${luaCpath};${process.env.LUA_CPATH || ';'}`,
    },
  }
}
