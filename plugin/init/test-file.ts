import { dropUndefined } from '../base/drop-undefined.js'
import { escaped } from '../base/escape.js'
import type { RouteNeed, RouteServer } from '../conf/served-routes.js'
import { placeText } from '../explore/place.js'
import type { RequestSpec } from '../types/request.js'
import { literal } from './literal.js'
import type { NeedyRoute, RouteRequest } from './sorted-routes.js'
import type { SkippedGroup, TestGroup } from './test-groups.js'

export interface TestFileContents {
  /** As `start` takes it: from the test's folder. */
  readonly conf: string
  readonly prefix: string | undefined
  readonly groups: readonly TestGroup[]
  readonly skipped: readonly SkippedGroup[]
  /** Stream servers that run Lua: only who knows their protocol can ask them. */
  readonly streams: readonly RouteServer[]
}

/** What to give where a request needs something, in words behind a comment's start. */
const NEEDS: Readonly<Record<RouteNeed, string>> = {
  credentials: "needs credentials: give them as headers, such as { Authorization: 'Bearer ...' }, and remove .skip",
  certificate: 'needs a client certificate: measure it with a work that has one (docs/load.md), and remove .skip',
  method: 'takes another method: write method, and what else it needs, and remove .skip',
  body: 'may need a body: write method and body, and remove .skip',
  upstream:
    'goes on to a server that the conf does not have: start a stand-in, point the conf at it by replace, and remove .skip',
  file: 'serves files: write the path of one that is there, and remove .skip',
}
const UNKNOWN_NEED = 'is not answered as expected: write a request that is, or expectStatus, and remove .skip'

/** The text of the test file. */
export function testFileText({ conf, prefix, groups, skipped, streams }: TestFileContents): string {
  const start = prefix === undefined ? '{ conf }' : '{ conf, prefix }'
  return [
    "import { expect, test } from 'vitest-openresty-leak/test'",
    '',
    `const conf = ${literal(conf)}`,
    ...(prefix === undefined ? [] : [`const prefix = ${literal(prefix)}`]),
    ...groups.map((group) => requestsTest(group, start)),
    ...skipped.map((group) => skippedTest(group, start)),
    ...streams.map((server) => streamTest(server, start)),
    '',
  ].join('\n')
}

function requestsTest({ title, routes }: TestGroup, start: string): string {
  return `
test(${literal(title)}, async ({ openresty }) => {
${measureLines(routes, start, ({ route }) => placeText(route))}
})`
}

/** For the user's file: what init cannot guess is left for them to fill in, with what is needed in the line above; nothing of ours is skipped. */
function skippedTest({ title, need, routes }: SkippedGroup, start: string): string {
  return `
// ${need === undefined ? UNKNOWN_NEED : NEEDS[need]}
test.skip(${literal(title)}, async ({ openresty }) => {
${measureLines(routes, need === 'upstream' ? withReplace(routes, start) : start, ({ why }) => why)}
})`
}

function measureLines<T extends RouteRequest>(routes: readonly T[], start: string, note: (route: T) => string): string {
  return `  const server = await openresty.start(${start})
  const run = await server.measure({
    requests: [
${routes.map((each) => `      ${requestText(each.request)}, // ${escaped(note(each))}`).join('\n')}
    ],
  })
  expect(run).toHoldHeap()`
}

/** `replace` with what the conf has, for somebody to fill in the other half. */
function withReplace(routes: readonly NeedyRoute[], start: string): string {
  const targets = [...new Set(routes.flatMap(({ route: { get } }) => get.elsewhere ?? []))]
  if (targets.length === 0) return start
  const pairs = targets.map((target) => [target, 'http://127.0.0.1:9000'])
  return `${start.slice(0, -2)}, replace: ${literal(pairs)} }`
}

/** A path where that is all, else the whole request as a test writes it. */
function requestText({ method = 'GET', path, headers, port, socket }: RequestSpec): string {
  const fields = dropUndefined({ method: method === 'GET' ? undefined : method, path, port, socket, headers })
  return literal(Object.keys(fields).length === 1 ? path : fields)
}

/** The same for a server whose protocol nobody can guess: what it says is the user's to write, and nothing of ours is skipped. */
function streamTest(server: RouteServer, start: string): string {
  const { listen } = server
  const port = listen.find((each) => each.port !== null)?.port ?? 0
  return `
// speaks a protocol of its own (${escaped(placeText(server))}): write what a client says and hears, and remove .skip
test.skip(${literal(`the stream server of port ${port} keeps nothing`)}, async ({ openresty }) => {
  const { connect } = await import('node:net')
  const { once } = await import('node:events')
  const server = await openresty.start(${start})
  const run = await server.measure({
    work: async ({ n, port, signal }) => {
      const socket = connect(port(${port}), '127.0.0.1')
      socket.end(\`message \${n}\\n\`)
      socket.resume()
      await once(socket, 'close', { signal })
    },
  })
  expect(run).toHoldHeap()
})`
}
