import { basename, join } from 'node:path/posix'
import { type ConfTree, directivesOf } from './conf-tree.js'
import type { NginxBuild } from './target.js'
import { quoteWord } from './words.js'

/** Dynamic modules that a conf needs without saying so, since OpenResty has them built in; in the order they must be loaded. */
const NEEDS: readonly { readonly file: string; readonly directive: RegExp }[] = [
  { file: 'ndk_http_module.so', directive: /^/ },
  { file: 'ngx_http_lua_module.so', directive: /^/ },
  { file: 'ngx_stream_module.so', directive: /^stream$/ },
  { file: 'ngx_http_set_misc_module.so', directive: /^set_(?!by_lua|real_ip)/ },
  { file: 'ngx_http_headers_more_filter_module.so', directive: /^more_/ },
  { file: 'ngx_http_echo_module.so', directive: /^echo(?:_|$)/ },
]

/** Source for a `load_module` of the conf: the same module from this build's folder; `''` where it is built in; null to leave it to nginx. */
export function replaceLoadModule(argument: string | undefined, build: NginxBuild): string | null {
  if (argument === undefined) return null
  const file = basename(argument)
  if (build.modulesPath && build.modules.includes(file))
    return `load_module ${quoteWord(join(build.modulesPath, file))};`
  return NEEDS.some((need) => need.file === file) && !build.modules.includes('ngx_http_lua_module.so') ? '' : null
}

const STREAM_LUA = 'ngx_stream_lua_module.so'

/** Whether a `stream` block has directives of the stream Lua module. */
function usesStreamLua(tree: ConfTree): boolean {
  return [...directivesOf(tree)].some(
    ({ directive, context }) => context[0]?.name === 'stream' && /^lua_|_by_lua/.test(directive.name),
  )
}

/** What the conf uses and this build lacks, with where to get it; null where nothing is known to be missing. */
export function lackingModule(tree: ConfTree, build: NginxBuild): string | null {
  const hasIt = build.modules.includes(STREAM_LUA) || /stream[_-]lua/.test(build.configure)
  if (hasIt || !usesStreamLua(tree)) return null
  return (
    'The stream block has Lua directives, and this nginx has no stream Lua module (ngx_stream_lua_module), which is another one than that of http. ' +
    "OpenResty has it built in, distributions' nginx mostly has it not: name one that has it with openresty or image (--openresty BIN, --image IMAGE)."
  )
}

/** Paths of the modules that a conf uses, this build has as files, and the conf does not load. */
export function missingModules(tree: ConfTree, build: NginxBuild): readonly string[] {
  const { modulesPath } = build
  if (modulesPath === null) return []
  const names = new Set<string>()
  const loaded = new Set<string>()
  for (const { directive } of directivesOf(tree)) {
    names.add(directive.name)
    if (directive.name === 'load_module') loaded.add(basename(directive.args[0]?.text ?? ''))
  }
  const needed = NEEDS.filter(({ directive }) => [...names].some((name) => directive.test(name))).map(
    ({ file }) => file,
  )
  // behind the stream module, whose symbols it needs
  if (usesStreamLua(tree)) needed.push(STREAM_LUA)
  return needed
    .filter((file) => build.modules.includes(file) && !loaded.has(file))
    .map((file) => join(modulesPath, file))
}
