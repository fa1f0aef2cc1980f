import type { RequestSpec } from '../../../types/request.js'
import type { Candidate } from './candidate.js'
import { templatesOfCrowds } from './crowd.js'
import { kindKey, type RequestKind, together, variation } from './kind-of-request.js'
import type { Omissions } from './omissions.js'
import { isMethod, isSafe } from './safe-method.js'
import { placesOf, shapeOf, targetOf, verbatim } from './shape.js'
import type { Sighting } from './sighting.js'
import { type CleanTarget, cleanHost, cleanTarget } from './target.js'

/** Most requests of a plan: of 20,157 requests each then has some 200, enough to show that it keeps something. */
export const MOST_KINDS = 100
/** Kinds that are held before ids among them are looked for, and the bytes of their names: what bounds the memory. */
const HELD = { kinds: 20_000, bytes: 16_000_000 } as const

export interface MixOptions {
  /** Also take what may change state. */
  readonly unsafe: boolean
  /** Whether a status that the file tells is expected; others are left out. */
  readonly expects: (status: number) => boolean
}

/** Gathers requests by kind, one after the other, in bounded memory. */
export class Mix {
  readonly #options: MixOptions
  readonly #omissions: Omissions
  #kinds = new Map<string, RequestKind>()
  #bytes = 0
  #taken = 0

  constructor(options: MixOptions, omissions: Omissions) {
    this.#options = options
    this.#omissions = omissions
  }

  add(sighting: Sighting): void {
    const { method, target, host, origin } = sighting
    const clean = this.#judge(sighting, cleanTarget(target))
    if (typeof clean === 'string') this.#omissions.add(clean, `${method} ${target}`)
    else this.#hold(fresh(sighting, shapeOf(clean.path), origin ?? clean.host ?? cleanHost(host), false))
  }

  /** A request that its user wrote with placeholders. */
  addTemplate({ method, target, origin }: Sighting): void {
    const clean = this.#judge({ method, target }, { path: target })
    if (typeof clean === 'string') this.#omissions.add(clean, `${method} ${target}`)
    else this.#hold(fresh({ method, target }, verbatim(target), origin, true))
  }

  /** The kinds of request, most frequent first. What is too rare for a plan is left out. */
  finish(): { readonly candidates: readonly Candidate[]; readonly taken: number } {
    const all = [...templatesOfCrowds(this.#kinds.values()).values()]
    const sorted = all.sort((one, other) => other.count - one.count || (kindKey(one) < kindKey(other) ? -1 : 1))
    this.#leaveOut(sorted.slice(MOST_KINDS))
    const kept = sorted.slice(0, MOST_KINDS)
    const varies = variation(all)
    const named = new Set(kept.map(({ host }) => host)).size > 1
    return { candidates: kept.map((kind) => candidateOf(kind, varies, named)), taken: this.#taken }
  }

  /** The target, or why it is left out. */
  #judge({ method, status }: Sighting, clean: CleanTarget | string): CleanTarget | string {
    if (!isMethod(method)) return 'with no method of HTTP'
    if (typeof clean === 'string') return clean
    if (!isSafe(method) && !this.#options.unsafe) return `${method}, which may change state`
    return status === undefined || this.#options.expects(status) ? clean : `answered ${status}`
  }

  #hold(kind: RequestKind): void {
    const key = kindKey(kind)
    const known = this.#kinds.get(key)
    this.#taken++
    this.#kinds.set(key, known ? together(known, kind) : kind)
    if (known) return
    this.#bytes += key.length
    if (this.#kinds.size > HELD.kinds || this.#bytes > HELD.bytes) this.#compact()
  }

  /** Where templates do not make room enough, what was seen most seldom goes. */
  #compact(): void {
    this.#kinds = templatesOfCrowds(this.#kinds.values())
    this.#count()
    if (this.#kinds.size <= HELD.kinds / 2 && this.#bytes <= HELD.bytes / 2) return
    const byCount = [...this.#kinds].sort(([, one], [, other]) => one.count - other.count)
    for (const [key, kind] of byCount) {
      if (this.#kinds.size <= HELD.kinds / 2 && this.#bytes <= HELD.bytes / 2) break
      this.#kinds.delete(key)
      this.#bytes -= key.length
      this.#leaveOut([kind])
    }
  }

  #count(): void {
    this.#bytes = 0
    for (const key of this.#kinds.keys()) this.#bytes += key.length
  }

  #leaveOut(kinds: readonly RequestKind[]): void {
    for (const kind of kinds) {
      this.#taken -= kind.count
      const example = `${kind.method} ${targetOf(kind.shape, () => false)}`
      this.#omissions.add(
        `too rare to be among the ${MOST_KINDS} kinds of request that a plan may have`,
        example,
        kind.count,
      )
    }
  }
}

function fresh(
  { method, headers, body }: Sighting,
  shape: RequestKind['shape'],
  host: string | undefined,
  isVerbatim: boolean,
): RequestKind {
  const varied = [...placesOf(shape)].map(() => false)
  return { method, host, shape, verbatim: isVerbatim, count: 1, varied, headers, body }
}

/** The template first, and what was really seen behind it: a server may know no other ids. */
function candidateOf(kind: RequestKind, varies: ReturnType<typeof variation>, named: boolean): Candidate {
  const { method, host, shape, count, headers, body } = kind
  const origin = host?.includes('://') ? host : ''
  const header = origin === '' ? host : undefined
  const request = (path: string): RequestSpec => ({
    method,
    path: `${origin}${path}`,
    weight: count,
    ...(named && { name: `${method} ${host ?? ''}${path}` }),
    ...((headers || header !== undefined) && {
      headers: { ...headers, ...(header !== undefined && { Host: header }) },
    }),
    ...(body !== undefined && { body }),
  })
  const template = targetOf(shape, (place) => varies(kind, place))
  const seen = targetOf(shape, () => false)
  return { attempts: template === seen ? [request(template)] : [request(template), request(seen)] }
}
