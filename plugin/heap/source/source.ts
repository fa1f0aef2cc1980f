import { shortSource } from './short-source.js'

/** Where a function is defined, as the name of its chunk tells it. */
export interface Source {
  /** `demo.lua:5`: the bare file name, the same on every machine. */
  readonly short: string
  /** The file's path; null for code that is in none. */
  readonly file: string | null
  /** Line of that file, from 1; null where it is in no file. */
  readonly line: number | null
}

/** `content_by_lua(nginx.conf:13):2`; newer ngx_lua cuts a long path at its front: `content_by_lua(...conf/nginx.conf:13):2`. */
const IN_CONF = /^\w+\((?:\.\.\.[^/]*\/)?(.+):(\d+)\):(\d+)$/
const IN_FILE = /^(.+):(\d+)$/

/**
 * Reads what heapwalk writes of a function. ngx_lua names a chunk of the conf by the line on which its block begins, which is the chunk's first;
 * code that is given as a string over several lines is named by its last one, so its lines are too high by as many.
 */
export function readSource(text: string): Source {
  const short = shortSource(text) ?? text
  const inConf = IN_CONF.exec(text)
  if (inConf) {
    const [, file, begins, line] = inConf
    return { short, file: tidyPath(file!), line: Number(begins) + Math.max(1, Number(line)) - 1 }
  }
  const [, path = '', line] = IN_FILE.exec(text) ?? []
  // A whole file's own code begins on line 0.
  return isPath(path)
    ? { short, file: tidyPath(path), line: Math.max(1, Number(line)) }
    : { short, file: null, line: null }
}

/** As a function that gives the same object for the same text. */
export function sourceReader(): (text: string) => Source {
  const read = new Map<string, Source>()
  return (text) => {
    const source = read.get(text) ?? readSource(text)
    read.set(text, source)
    return source
  }
}

/** By what is the same on every machine first, so that reports of two of them agree. */
export function compareSources(one: Source, other: Source): number {
  if (one.short !== other.short) return one.short < other.short ? -1 : 1
  const [file, otherFile] = [one.file ?? '', other.file ?? '']
  if (file !== otherFile) return file < otherFile ? -1 : 1
  return 0
}

/** Code that is given as a string, part of LuaJIT, or named freely (`=_G write guard`) is in no file. */
function isPath(name: string): boolean {
  return !name.startsWith('[') && (name.includes('/') || /\.\w+$/.test(name))
}

/** `/srv/app//lua/./demo.lua` as `/srv/app/lua/demo.lua`: a path is made of a folder and a pattern. */
function tidyPath(path: string): string {
  return path.replace(/\/(?:\.?\/)+/g, '/').replace(/^(?:\.\/)+/, '')
}
