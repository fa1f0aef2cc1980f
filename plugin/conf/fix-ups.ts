import { basename, dirname, isAbsolute, join } from 'node:path/posix'
import { type ConfTree, directivesOf, type Located } from './conf-tree.js'
import { missingModules, replaceLoadModule } from './load-module.js'
import { FILE_DIRECTIVES, namedFile } from './named-file.js'
import type { Target } from './target.js'
import { quoteWord, source } from './words.js'

/** What one row may look at. */
export interface FixUpScene {
  readonly target: Target
  readonly tree: ConfTree
  /** All directives that the row is about, in the conf's order. */
  readonly present: readonly Located[]
}

/** One change to the user's conf. */
export interface FixUp {
  readonly directives: readonly string[]
  /** `main`: only outside all blocks. */
  readonly where: 'main' | 'anywhere'
  readonly reason: string
  /** New source of a directive; `''` takes it out, null leaves it alone. */
  replace(found: Located, scene: FixUpScene): string | null
  /** What the conf lacks: for `main` on nginx's command line (`-g`), for `http` right behind the brace, so that no line is added. */
  readonly add?: { readonly to: 'main' | 'http'; text(scene: FixUpScene): string }
  /** Said aloud when `replace` changed something. */
  readonly notice?: string
  /** Why a run of the conf that `replace` changed proves nothing where nothing grows, and the way out. */
  doubt?(found: Located): string
}

function argument({ directive }: Located, index: number): string | undefined {
  return directive.args[index]?.text
}

/** A directive with another first word; those behind it stay. */
function anew(found: Located, first: string): string {
  const { name, args } = found.directive
  return `${[name, first, ...args.slice(1).map((word) => source(found, word))].join(' ')};`
}

/** Sets a main directive to one value, or takes it out where the value is `''`, or leaves it where it is null. */
function always(directive: string, reason: string, value: (scene: FixUpScene) => string | null): FixUp {
  const line = (scene: FixUpScene) => {
    const text = value(scene)
    return text ? `${directive} ${text};` : text
  }
  return {
    directives: [directive],
    where: 'main',
    reason,
    replace: (found, scene) => {
      const text = line(scene)
      return text === null || found === scene.present[0] ? text : ''
    },
    add: { to: 'main', text: (scene) => (scene.present.length > 0 ? '' : (line(scene) ?? '')) },
  }
}

/** Whether a directive stands in the http block itself, so that all servers inherit it. */
function isOfHttp({ context }: Located): boolean {
  return context.length === 1 && context[0]?.name === 'http'
}

/** Log targets that are no files of ours to move. */
const NOT_A_FILE = /^(?:off$|syslog:|memory:|stderr$|\/dev\/)/
const VERBOSE = new Set(['debug', 'info', 'notice'])
const TEMP_PATHS = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'] as const
const KEEPALIVE = 'keepalive_requests 1000000000;'

function hasTempPath(name: (typeof TEMP_PATHS)[number], { build }: Target): boolean {
  return name === 'client_body' || !build.configure.includes(`--without-http_${name}_module`)
}

/** Appends nginx's own marker for the default path, or an unpacked installation's path, where a Lua search path ends without it. */
function luaPathRow(directive: string, ours: (target: Target) => string | undefined): FixUp {
  return {
    directives: [directive],
    where: 'anywhere',
    reason: 'resty.core of an unpacked installation lies outside the paths that LuaJIT was built with',
    replace: (found, { target }) => {
      const path = ours(target)
      const own = argument(found, 0)
      if (!path || own === undefined || own.includes(';;')) return null
      return `${directive} ${quoteWord(`${own};${path}`)};`
    },
  }
}

/** Everything that is changed in a conf but its ports, one row each. */
export const FIX_UPS: readonly FixUp[] = [
  always('daemon', 'the process that started nginx must stay its ancestor, and know when it ends', () => 'off'),
  {
    directives: ['master_process'],
    where: 'main',
    reason: 'workers are what is measured',
    replace: () => 'master_process on;',
  },
  always('pid', 'nothing is written in the prefix', ({ target }) => quoteWord(join(target.tempDir, 'nginx.pid'))),
  always('error_log', 'the log must be at hand when something fails', ({ present }) => {
    const level = present[0] && argument(present[0], 1)
    return `stderr ${level && VERBOSE.has(level) ? level : 'notice'}`
  }),
  {
    directives: ['error_log'],
    where: 'anywhere',
    reason: 'the log of a block belongs to the same log; its level stays',
    replace: (found) => (found.context.length === 0 ? null : `error_log stderr ${argument(found, 1) ?? 'error'};`),
  },
  {
    directives: TEMP_PATHS.map((name) => `${name}_temp_path`),
    where: 'anywhere',
    reason: 'the built-in folders are under the prefix or belong to root',
    replace: () => '',
    add: {
      to: 'http',
      text: ({ target }) =>
        TEMP_PATHS.filter((name) => hasTempPath(name, target))
          .map((name) => `${name}_temp_path ${quoteWord(join(target.tempDir, `${name}_temp`))};`)
          .join(' '),
    },
  },
  {
    directives: ['proxy_cache_path', 'fastcgi_cache_path', 'uwsgi_cache_path', 'scgi_cache_path'],
    where: 'anywhere',
    reason: 'nothing is written in the prefix, and a cache must start empty',
    replace: (found, { target }) => {
      const path = argument(found, 0)
      if (path === undefined) return null
      const own = join(target.tempDir, `cache_${path.replace(/[^\w-]+/g, '_')}`)
      return anew(found, quoteWord(own))
    },
  },
  {
    directives: FILE_DIRECTIVES,
    where: 'anywhere',
    reason: "a relative path that leads out of the conf's folder would lead out of the folder of its copy",
    replace: (found, { tree: { files } }) => {
      const [conf, own] = [files[0].path, argument(found, 0)]
      const path = own === undefined || isAbsolute(own) ? undefined : namedFile(conf, own)
      if (path === undefined || path.startsWith(`${dirname(conf)}/`)) return null
      return anew(found, quoteWord(path))
    },
  },
  {
    directives: ['access_log'],
    where: 'anywhere',
    reason: 'writing it is no part of the test unless the conf asks for it, and then not in the prefix',
    replace: (found, { target }) => {
      const path = argument(found, 0)
      if (path === undefined || NOT_A_FILE.test(path)) return null
      return anew(found, quoteWord(join(target.tempDir, basename(path))))
    },
    // a server inherits it, whether another one has a log of its own or not
    add: { to: 'http', text: ({ present }) => (present.some(isOfHttp) ? '' : 'access_log off;') },
  },
  {
    directives: ['load_module'],
    where: 'main',
    reason: 'a module is where this build has it, or part of it',
    replace: (found, { target }) => replaceLoadModule(argument(found, 0), target.build),
    add: {
      to: 'main',
      text: ({ target, tree }) =>
        missingModules(tree, target.build)
          .map((path) => `load_module ${quoteWord(path)};`)
          .join(' '),
    },
  },
  always(
    'user',
    'workers of root become nobody, who cannot read private folders; anybody else cannot change user',
    ({ target }) => (target.user ? `${quoteWord(target.user.name)} ${quoteWord(target.user.group)}` : ''),
  ),
  always('worker_processes', 'one worker sees every request unless the test asks for more', ({ target }) =>
    target.workers === 'conf' ? null : String(target.workers),
  ),
  {
    directives: ['keepalive_requests'],
    where: 'anywhere',
    reason: 'a connection that closes loses or repeats requests, and then the count is not exact',
    replace: (found) => (found.context.at(-1)?.name === 'upstream' ? null : KEEPALIVE),
    add: {
      to: 'http',
      text: ({ present }) => (present.some(isOfHttp) ? '' : KEEPALIVE),
    },
  },
  {
    directives: ['lua_code_cache'],
    where: 'anywhere',
    reason: 'with it off each request has a Lua VM of its own, which dies with it',
    replace: (found) => (argument(found, 0) === 'off' ? 'lua_code_cache on;' : null),
    notice: 'lua_code_cache off was turned on: with it off each request has a Lua VM of its own',
    doubt: (found) => {
      const [from, to] = [source(found, found.directive).replace(/\s*;$/, ''), 'lua_code_cache on']
      return (
        'lua_code_cache is off, so each request has a Lua VM of its own, and what leaks are whole VMs. This run turned it on: ' +
        'that nothing grew then says nothing of the conf as it is. ' +
        `Measure what is deployed: lua_code_cache on, in the conf or by --replace '${from}=${to}' (in a test replace: [['${from}', '${to}']]).`
      )
    },
  },
  luaPathRow('lua_package_path', (target) => target.luaPath),
  luaPathRow('lua_package_cpath', (target) => target.luaCpath),
]

/** The directives that a row is about. */
export function directivesFor(row: FixUp, tree: ConfTree): readonly Located[] {
  return [...directivesOf(tree)].filter(
    ({ directive, context }) =>
      row.directives.includes(directive.name) && !directive.inner && (row.where === 'anywhere' || context.length === 0),
  )
}
