import type { ConfTree, Located } from './conf-tree.js'
import { directivesOf } from './conf-tree.js'
import type { FileEdit } from './edit.js'
import { type Listen, portsOf } from './listen.js'
import { mappedPort, socketPath } from './listen-edits.js'
import type { Target } from './target.js'
import { placeOf, source } from './words.js'

const HOST = String.raw`(?<![\w.-])(?<host>127\.\d+\.\d+\.\d+|localhost|\[::1\])`
const HOST_PORT = new RegExp(String.raw`${HOST}:(?<port>\d+)(?!\d)`, 'gi')
const HOST_ONLY = new RegExp(String.raw`^(?<scheme>https?://|grpcs?://)?${HOST}(?=/|$|\?)`, 'i')
const TLS_SCHEME = /^(?:https|grpcs):/i

/** Directives whose address has a port even if none is written. */
function impliesPort({ directive, context }: Located): boolean {
  return /_pass$/.test(directive.name) || (directive.name === 'server' && context.at(-1)?.name === 'upstream')
}

/** Rewrites one address of this server in a piece of a directive. */
function rewrite(text: string, found: Located, ports: ReadonlySet<number>, target: Target): string {
  // [::1] is not listened on any more, whatever the port
  const own = (host: string, port: number) => `${host.startsWith('[') ? '127.0.0.1' : host}:${mappedPort(port, target)}`
  const explicit = text.replace(HOST_PORT, (match, host: string, port: string) =>
    ports.has(Number(port)) ? own(host, Number(port)) : match,
  )
  if (!impliesPort(found)) return explicit
  return explicit.replace(HOST_ONLY, (match, scheme: string | undefined, host: string) => {
    const port = TLS_SCHEME.test(scheme ?? '') ? 443 : 80
    return ports.has(port) && mappedPort(port, target) !== port ? `${scheme ?? ''}${own(host, port)}` : match
  })
}

function rewriteSockets(text: string, sockets: readonly string[], target: Target): string {
  return sockets.reduce(
    (result, path) => result.replaceAll(`unix:${path}`, () => `unix:${socketPath(path, target)}`),
    text,
  )
}

/**
 * Follows moved ports and sockets where the conf names them as literals (proxy_pass, upstream server, variables).
 * Inline Lua is left alone; a literal in it is named in `notices`.
 */
export function loopbackEdits(
  tree: ConfTree,
  listens: readonly Listen[],
  target: Target,
): { readonly edits: readonly FileEdit[]; readonly notices: readonly string[] } {
  const edits: FileEdit[] = []
  const notices: string[] = []
  const ports = new Set(portsOf(listens))
  const sockets = listens.flatMap(({ address }) => (address.kind === 'unix' ? [address.path] : []))

  for (const found of directivesOf(tree)) {
    const { directive, file } = found
    if (directive.name === 'listen') continue
    if (directive.isLua) {
      const lua = source(found, directive.inner!)
      const moved = rewriteSockets(rewrite(lua, found, ports, target), sockets, target)
      if (moved !== lua) {
        notices.push(
          `${placeOf(tree, found)}: the Lua code names an address that this server has under test elsewhere; Lua is left alone, so it reaches something else or nothing`,
        )
      }
      continue
    }
    for (const word of directive.args) {
      const before = source(found, word)
      const text = rewriteSockets(rewrite(before, found, ports, target), sockets, target)
      if (text !== before) edits.push({ file, start: word.start, end: word.end, text })
    }
  }
  return { edits, notices }
}
