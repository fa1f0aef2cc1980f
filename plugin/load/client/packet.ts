import type { RequestSpec } from '../../types/request.js'
import { LoadError } from '../error.js'
import type { Aim } from '../plan/aim.js'
import { parseRequest } from '../plan/request.js'
import { compileTemplate, type TemplateValues } from '../plan/template.js'
import { type LoadScript, scriptFailure } from './script.js'
import { requestBytes } from './wire.js'

/** One request, ready for the socket. */
export interface Packet {
  readonly bytes: Buffer
  /** The answer to HEAD has no body, whatever its length says. */
  readonly head: boolean
  /** The client gives up this long after sending, in ms. */
  readonly abortAfterMs?: number
}

export type PacketBuilder = (values: TemplateValues) => Packet

/** What builds one kind of request; without placeholders every call returns the same packet. */
export function packetBuilder(request: RequestSpec, { host, path }: Aim): PacketBuilder {
  const head = request.method === 'HEAD'
  const { abortAfterMs } = request
  const manner = { head, ...(abortAfterMs !== undefined && { abortAfterMs }) }
  const pathOf = compileTemplate(path)
  const bodyOf = compileTemplate(request.body ?? '')
  const headers = Object.entries(request.headers ?? {}).map(([name, value]) => ({
    name,
    value,
    fill: compileTemplate(value),
  }))
  if (!pathOf && !bodyOf && headers.every((header) => !header.fill)) {
    const packet = { bytes: requestBytes(request, host, path), ...manner }
    return () => packet
  }
  return (values) => {
    const filled: RequestSpec = {
      ...request,
      headers: Object.fromEntries(headers.map(({ name, value, fill }) => [name, fill ? fill(values) : value])),
      ...(bodyOf && { body: bodyOf(values) }),
    }
    return { bytes: requestBytes(filled, host, pathOf ? pathOf(values) : path), ...manner }
  }
}

/** The same with a script's `request` hook in front. */
export function scriptedBuilder(
  request: RequestSpec,
  aim: Aim,
  hook: NonNullable<LoadScript['request']>,
): PacketBuilder {
  const planned = packetBuilder(request, aim)
  return (values) => {
    const answer = callHook(() => hook(request, values.n))
    if (answer === undefined) return planned(values)
    const scripted = parseRequest(answer)
    if (!scripted.path.startsWith('/')) {
      throw new LoadError(
        'LOAD_SCRIPT',
        `request() of the load script returned ${scripted.path}: return a path, and put servers into the plan's requests`,
      )
    }
    return packetBuilder(scripted, { ...aim, path: scripted.path })(values)
  }
}

function callHook<T>(hook: () => T): T {
  try {
    return hook()
  } catch (cause) {
    throw scriptFailure('request', cause)
  }
}
