import { join, relative } from 'node:path'
import { blocksOf } from '../explore/blocks.js'
import { routesOf } from '../explore/routes.js'
import { readConfHere } from '../runtime/local/prepare-here.js'
import { entriesOf } from './entries.js'
import type { ConfPicture } from './picture.js'

/** Folders with other people's files, or with what was built. */
const FOREIGN = new Set(['node_modules', 'vendor', 'dist', 'build', 'coverage', 'lua_modules', 'deps'])
/** Folders below each other that are looked into: confs lie near the top, and a home directory is deep. */
const DEEPEST = 5
/** A conf that something else is still to fill in. */
const TEMPLATE = /\.conf\.(?:template|tmpl|tpl|j2|erb|in|dist|ctmpl|mustache)$|\.conf\.[\w-]*(?:template|tmpl)[\w-]*$/

export interface FoundConfs {
  readonly confs: readonly ConfPicture[]
  /** Confs that are not yet any: `nginx.conf.template`. From the folder. */
  readonly templates: readonly string[]
}

/** The confs below a folder that nginx could be started with. What cannot be read is none. */
export function findConfs(folder: string): FoundConfs {
  const files = filesBelow(folder, DEEPEST)
  const confs = files
    .filter((file) => file.endsWith('.conf'))
    .flatMap((file): ConfPicture[] => {
      const runsLua = runsLuaIn(file)
      return runsLua === undefined ? [] : [{ file: relative(folder, file), runsLua }]
    })
  return { confs, templates: files.filter((file) => TEMPLATE.test(file)).map((file) => relative(folder, file)) }
}

/** Undefined for a file that nginx could not be started with, such as one that another includes. */
function runsLuaIn(conf: string): boolean | undefined {
  try {
    const tree = readConfHere({ conf })
    const names = new Set(blocksOf(tree).map(({ name }) => name))
    if (!names.has('events') || !(names.has('http') || names.has('stream'))) return undefined
    return routesOf(tree).servers.some(
      ({ routes, lua = [] }) => [lua, ...routes.map((route) => route.lua)].flat().length > 0,
    )
  } catch (error) {
    // a file of another program, or one that is no conf yet
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}

function filesBelow(folder: string, deepest: number): string[] {
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isFile()) return [path]
    const isOwn = entry.isDirectory() && !entry.name.startsWith('.') && !FOREIGN.has(entry.name)
    return isOwn && deepest > 0 ? filesBelow(path, deepest - 1) : []
  })
}
