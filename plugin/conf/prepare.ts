import { dirname, isAbsolute, join, normalize } from 'node:path/posix'
import { RuntimeError } from '../base/runtime-error.js'
import { applyFixUps } from './apply-fix-ups.js'
import { type ConfTree, directivesOf, includePath } from './conf-tree.js'
import { applyEdits, type FileEdit } from './edit.js'
import { findListens } from './listen.js'
import { type Endpoint, listenEdits } from './listen-edits.js'
import { lackingModule } from './load-module.js'
import { loopbackEdits } from './loopback.js'
import { preludeEdits } from './prelude.js'
import type { Target } from './target.js'
import { quoteWord } from './words.js'

/** A conf that is ready to run; nothing has been written yet. */
export interface PreparedConf {
  /** The conf as nginx is to be given it (`-c`): inside the mirror. */
  readonly conf: string
  /** For nginx's `-p`. */
  readonly prefix: string
  /** For nginx's `-g`: main directives that the conf lacks. */
  readonly globals: string
  /** Files with changes or out of reach, by original absolute path; each belongs at `mirror + path`. */
  readonly files: readonly { readonly path: string; readonly text: string }[]
  /** Where it will listen; the first http endpoint is the runtime's `url`. Never empty. */
  readonly endpoints: readonly Endpoint[]
  /** What must be said aloud. */
  readonly notices: readonly string[]
  /** Why a run in which nothing grows proves nothing. */
  readonly doubts: readonly string[]
  /** What the conf uses and this build of nginx lacks, in a sentence that says where to get it; null where it has all. */
  readonly lacks: string | null
}

/** True for a path that `-p PREFIX -c MIRROR/...` reaches through the mirror's links. */
function isMirrored(path: string, tree: ConfTree): boolean {
  return path.startsWith(`${dirname(tree.files[0].path)}/`)
}

/** Includes that leave the conf's folder name the mirror's copy instead, since a patched file may be there. */
function includeEdits(tree: ConfTree, mirror: string): readonly FileEdit[] {
  const conf = tree.files[0].path
  return [...directivesOf(tree)].flatMap((found) => {
    const { directive, file } = found
    const [word] = directive.args
    if (directive.name !== 'include' || !word || directive.inner) return []
    const path = normalize(includePath(conf, word.text))
    if (isMirrored(path, tree) && !isAbsolute(word.text)) return []
    return [{ file, start: word.start, end: word.end, text: quoteWord(join(mirror, path)) }]
  })
}

function contains(outer: FileEdit, inner: FileEdit): boolean {
  return outer.file === inner.file && outer.start <= inner.start && inner.end <= outer.end
}

function portNotices(endpoints: readonly Endpoint[], { portReasons }: Target): readonly string[] {
  return endpoints.flatMap(({ port, bound }) => {
    const reason = port === null ? undefined : portReasons?.get(port)
    if (reason === undefined || bound.kind !== 'tcp' || bound.port === port) return []
    return [`port ${port} of the conf is port ${bound.port} here: ${reason}`]
  })
}

/** Said where the socket is all there is: a request goes to it only then, or where it names it. */
function relayNotices(endpoints: readonly Endpoint[], { relays = new Map() }: Target): readonly string[] {
  if (endpoints.some(({ protocol, port, udp }) => protocol === 'http' && port !== null && !udp)) return []
  return [...relays].map(
    ([path, port]) =>
      `unix socket ${path} of the conf is in a container, where nothing from outside can open it: its server listens on port ${port} beside it, and is asked there`,
  )
}

function socketNotices({ sockets = new Map(), socketReasons }: Target): readonly string[] {
  return [...sockets].map(([from, to]) => `unix socket ${from} of the conf is ${to} here: ${socketReasons?.get(from)}`)
}

/**
 * Applies every fix-up to a conf and what it includes. Pure: the result depends on the texts and the target alone.
 * Throws RuntimeError `RUNTIME_NO_LISTEN` for a conf without any server.
 */
export function prepareConf(tree: ConfTree, target: Target): PreparedConf {
  const [main] = tree.files
  const listens = findListens(tree)
  const { edits: ownListens, endpoints } = listenEdits(listens, target)
  if (endpoints.every(({ udp }) => udp)) {
    throw new RuntimeError(
      'RUNTIME_NO_LISTEN',
      `${main.path} has no server that listens on a TCP port or a unix socket, so no request can reach it. Give it an http server block with a listen directive.`,
    )
  }
  const loopback = loopbackEdits(tree, listens, target)
  const fixed = applyFixUps(tree, target)
  const anew = [
    ...ownListens,
    ...includeEdits(tree, target.mirror),
    ...(target.prelude === undefined ? [] : preludeEdits(tree, target.prelude, target.preludeFrom)),
    ...fixed.edits,
  ]
  // a directive that is written anew needs no other change
  const edits = [...anew, ...loopback.edits.filter((edit) => !anew.some((whole) => contains(whole, edit)))]

  const files = tree.files
    .map((file) => ({ file, own: edits.filter((edit) => edit.file === file) }))
    .filter(({ file, own }) => own.length > 0 || file === main || !isMirrored(file.path, tree))
    .map(({ file, own }) => ({ path: file.path, text: applyEdits(file.text, own) }))
  return {
    conf: join(target.mirror, main.path),
    prefix: tree.prefix,
    globals: fixed.globals.join(' '),
    files,
    endpoints,
    notices: [
      ...portNotices(endpoints, target),
      ...socketNotices(target),
      ...relayNotices(endpoints, target),
      ...loopback.notices,
      ...fixed.notices,
    ],
    doubts: fixed.doubts,
    lacks: lackingModule(tree, target.build),
  }
}
