import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** What GitHub and GitLab take for a token here. */
export const TOKEN = 'a token'

/** A stand-in for the two APIs, as far as comments go: knows its token, keeps what it is told, and refuses all else. */
export interface FakeForge {
  readonly url: string
  /** Comments of pull request 7, by id. */
  readonly comments: Map<number, string | null>
  /** `POST /repos/o/r/issues/7/comments` of each call, reads left out. */
  readonly writes: string[]
  /** All calls. */
  readonly calls: string[]
  /** Answers each read with this from now on. */
  answerReads(body: unknown): void
  /** Answers each write like this from now on, as for a token without the right; undefined ends that. */
  refuseWrites(answer: { readonly status: number; readonly body: string } | undefined): void
}

interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

const REFUSED: Answer = { status: 401, body: { message: 'Bad credentials' } }
const UNKNOWN: Answer = { status: 404, body: { message: 'Not Found' } }

export async function fakeForge(): Promise<FakeForge> {
  const comments = new Map<number, string | null>()
  const calls: string[] = []
  let refusal: { readonly status: number; readonly body: string } | undefined
  let read: unknown
  const server = createServer(async (request, response) => {
    const body = await textOf(request)
    const { method = '', url = '' } = request
    calls.push(`${method} ${url}`)
    if (refusal && method !== 'GET') {
      response.writeHead(refusal.status).end(refusal.body)
      return
    }
    const answer =
      method === 'GET' && read !== undefined ? { status: 200, body: read } : answerTo(request, body, comments)
    response.writeHead(answer.status, { 'Content-Type': 'application/json', ...answer.headers })
    response.end(JSON.stringify(answer.body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    comments,
    calls,
    get writes() {
      return calls.filter((call) => !call.startsWith('GET '))
    },
    answerReads: (body) => {
      read = body
    },
    refuseWrites: (answer) => {
      refusal = answer
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

function answerTo(request: IncomingMessage, body: string, comments: Map<number, string | null>): Answer {
  const { method, headers } = request
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://forge')
  const isGitLab = pathname.startsWith('/projects/')
  if (isGitLab ? headers['private-token'] !== TOKEN : headers.authorization !== `Bearer ${TOKEN}`) return REFUSED
  if (!isGitLab && !headers['user-agent']) return { status: 403, body: { message: 'no User-Agent' } }
  const isList = ['/repos/o/r/issues/7/comments', '/projects/42/merge_requests/7/notes'].includes(pathname)
  const [, id] =
    /^(?:\/repos\/o\/r\/issues\/comments|\/projects\/42\/merge_requests\/7\/notes)\/(\d+)$/.exec(pathname) ?? []
  if (isList && method === 'GET') return page(comments, searchParams)
  if (isList && method === 'POST') return keep(comments, comments.size + 1, body, 201)
  if (id !== undefined && method === (isGitLab ? 'PUT' : 'PATCH') && comments.has(Number(id))) {
    return keep(comments, Number(id), body, 200)
  }
  return UNKNOWN
}

/** Both take the size of a page and its number, and GitLab says which is next. */
function page(comments: ReadonlyMap<number, string | null>, asked: URLSearchParams): Answer {
  const size = Number(asked.get('per_page') ?? 20)
  const number = Number(asked.get('page') ?? 1)
  const all = [...comments].map(([id, body]) => ({ id, body }))
  const next = all.length > size * number ? String(number + 1) : ''
  return { status: 200, body: all.slice(size * (number - 1), size * number), headers: { 'X-Next-Page': next } }
}

function keep(comments: Map<number, string | null>, id: number, text: string, status: number): Answer {
  const { body } = JSON.parse(text) as { body?: unknown }
  if (typeof body !== 'string' || body === '') return { status: 422, body: { message: 'body is missing' } }
  comments.set(id, body)
  return { status, body: { id, body } }
}
