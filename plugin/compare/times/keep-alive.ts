import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { aim, type LoadTarget } from '../../load/plan/aim.js'
import { nameOf, parseRequest } from '../../load/plan/request.js'
import { allowsStatus } from '../../load/plan/status.js'
import { compileTemplate, randomFrom } from '../../load/plan/template.js'
import type { RequestSpec } from '../../types/request.js'
import { BenchError } from '../error.js'

/** One request, sent again and again over one connection that is kept alive; placeholders are filled anew each time. */
export class KeepAliveRequest implements Disposable {
  readonly #agents = { http: new HttpAgent(ONE), https: new HttpsAgent({ ...ONE, rejectUnauthorized: false }) }
  readonly #open: () => ClientRequest
  readonly #name: string
  readonly #expected: readonly (readonly [number, number])[]

  constructor(
    target: LoadTarget,
    input: RequestSpec,
    { title, expectStatus }: { readonly title: string; readonly expectStatus: readonly (readonly [number, number])[] },
  ) {
    const spec = parseRequest(input)
    const { origin, servername, host, path } = aim(spec, target)
    const { hostname, port, protocol } = new URL(origin)
    const fill = filler()
    const [pathOf, bodyOf] = [fill(path), fill(spec.body ?? '')]
    const headers = Object.entries(spec.headers ?? {}).map(([name, value]) => [name, fill(value)] as const)
    this.#name = `${title}: ${nameOf(spec)}`
    this.#expected = expectStatus
    this.#open = () => {
      const body = bodyOf()
      const options = {
        hostname,
        port,
        method: spec.method,
        path: pathOf(),
        headers: {
          ...Object.fromEntries(headers.map(([name, filled]) => [name, filled()])),
          host,
          ...(body !== '' && { 'content-length': Buffer.byteLength(body) }),
        },
      }
      const request =
        protocol === 'https:'
          ? httpsRequest({ ...options, agent: this.#agents.https, ...(servername !== undefined && { servername }) })
          : httpRequest({ ...options, agent: this.#agents.http })
      return request.end(body)
    }
  }

  /**
   * Sends it and waits for the whole answer.
   * @throws BenchError `BENCH_REQUEST` for a status that is not expected, or no answer
   */
  async send(): Promise<void> {
    const status = await new Promise<number>((resolve, reject) => {
      const onAnswer = (answer: IncomingMessage) => {
        answer.once('end', () => resolve(answer.statusCode ?? 0))
        answer.once('error', reject)
        answer.resume()
      }
      this.#open().once('response', onAnswer).once('error', reject).setTimeout(TIMEOUT_MS, timedOut)
    }).catch((cause: Error) => {
      throw new BenchError('BENCH_REQUEST', `${this.#name} got no answer: ${cause.message}`, { cause })
    })
    if (allowsStatus(this.#expected, status)) return
    throw new BenchError('BENCH_REQUEST', `${this.#name} was answered with ${status}: expect that status, or mend it.`)
  }

  [Symbol.dispose](): void {
    this.#agents.http.destroy()
    this.#agents.https.destroy()
  }
}

const ONE = { keepAlive: true, maxSockets: 1 } as const
const TIMEOUT_MS = 10_000

function timedOut(this: ClientRequest): void {
  this.destroy(new Error(`none within ${TIMEOUT_MS / 1000} s`))
}

/** Texts of one request; the placeholders of each are filled from one sequence of numbers. */
function filler(): (text: string) => () => string {
  const random = randomFrom(0)
  let n = 0
  return (text) => {
    const compiled = compileTemplate(text)
    return compiled ? () => compiled({ n: n++, random }) : () => text
  }
}
