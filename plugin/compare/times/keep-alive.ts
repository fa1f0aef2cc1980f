import { Client } from 'undici'
import { dial } from '../../load/lane/dial.js'
import { aim, type LoadTarget } from '../../load/plan/aim.js'
import { nameOf, parseRequest } from '../../load/plan/request.js'
import { allowsStatus } from '../../load/plan/status.js'
import { compileTemplate, randomFrom } from '../../load/plan/template.js'
import type { HttpProtocol, RequestSpec } from '../../types/request.js'
import { BenchError } from '../error.js'

export interface KeepAliveOptions {
  /** The server, for people. */
  readonly title: string
  readonly expectStatus: readonly (readonly [number, number])[]
  readonly protocol?: HttpProtocol | undefined
}

/** One request, sent again and again over one connection that is kept alive; placeholders are filled anew each time. */
export class KeepAliveRequest implements Disposable {
  readonly #client: Client
  readonly #next: () => Parameters<Client['request']>[0]
  readonly #name: string
  readonly #expected: readonly (readonly [number, number])[]

  constructor(target: LoadTarget, input: RequestSpec, { title, expectStatus, protocol: wanted }: KeepAliveOptions) {
    const spec = parseRequest(input)
    const { host, path, protocol, ...dialPlan } = aim(spec, target, wanted)
    this.#client = new Client(dialPlan.tls ? 'https://localhost' : 'http://localhost', {
      allowH2: protocol !== 'http1',
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      connect: (_, callback) => {
        const { socket, ready } = dial(dialPlan)
        // Without TLS nothing is agreed upon; by this undici's own connector tells its client to speak HTTP/2 all the same.
        if (protocol === 'h2c') Object.assign(socket, { alpnProtocol: 'h2' })
        socket.once(ready, () => callback(null, socket)).once('error', (error) => callback(error, null))
      },
    })
    const fill = filler()
    const [pathOf, bodyOf] = [fill(path), fill(spec.body ?? '')]
    const headers = Object.entries(spec.headers ?? {}).map(([name, value]) => [name, fill(value)] as const)
    this.#name = `${title}: ${nameOf(spec)}`
    this.#expected = expectStatus
    this.#next = () => ({
      method: spec.method ?? 'GET',
      path: pathOf(),
      body: bodyOf() || null,
      headers: { ...Object.fromEntries(headers.map(([name, filled]) => [name, filled()])), host },
    })
  }

  /**
   * Sends it and waits for the whole answer.
   * @throws BenchError `BENCH_REQUEST` for a status that is not expected, or no answer
   */
  async send(): Promise<void> {
    const status = await this.#exchange().catch((cause: Error) => {
      throw new BenchError('BENCH_REQUEST', `${this.#name} got no answer: ${cause.message}`, { cause })
    })
    if (allowsStatus(this.#expected, status)) return
    throw new BenchError('BENCH_REQUEST', `${this.#name} was answered with ${status}: expect that status, or mend it.`)
  }

  async #exchange(): Promise<number> {
    const { statusCode, body } = await this.#client.request(this.#next())
    for await (const _ of body);
    return statusCode
  }

  [Symbol.dispose](): void {
    void this.#client.destroy()
  }
}

const TIMEOUT_MS = 10_000

/** Texts of one request; the placeholders of each are filled from one sequence of numbers. */
function filler(): (text: string) => () => string {
  const random = randomFrom(0)
  let n = 0
  return (text) => {
    const compiled = compileTemplate(text)
    return compiled ? () => compiled({ n: n++, random }) : () => text
  }
}
