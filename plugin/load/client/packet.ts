import type { RequestSpec } from '../../types/request.js'
import { LoadError } from '../error.js'
import type { Encode } from '../lane/http-client.js'
import type { Aim } from '../plan/aim.js'
import { parseRequest } from '../plan/request.js'
import { compileTemplate, type TemplateValues } from '../plan/template.js'
import { type LoadScript, scriptFailure } from './script.js'

export type PacketBuilder<Packet> = (values: TemplateValues) => Packet

/** What builds one kind of request; without placeholders every call returns the same packet. */
export function packetBuilder<Packet>(
  request: RequestSpec,
  { host, path }: Pick<Aim, 'host' | 'path'>,
  encode: Encode<Packet>,
): PacketBuilder<Packet> {
  const pathOf = compileTemplate(path)
  const bodyOf = compileTemplate(request.body ?? '')
  const headers = Object.entries(request.headers ?? {}).map(([name, value]) => ({
    name,
    value,
    fill: compileTemplate(value),
  }))
  if (!pathOf && !bodyOf && headers.every((header) => !header.fill)) {
    const packet = encode(request, host, path)
    return () => packet
  }
  return (values) => {
    const filled: RequestSpec = {
      ...request,
      headers: Object.fromEntries(headers.map(({ name, value, fill }) => [name, fill ? fill(values) : value])),
      ...(bodyOf && { body: bodyOf(values) }),
    }
    return encode(filled, host, pathOf ? pathOf(values) : path)
  }
}

/** The same with a script's `request` hook in front. */
export function scriptedBuilder<Packet>(
  request: RequestSpec,
  aim: Pick<Aim, 'host' | 'path'>,
  encode: Encode<Packet>,
  hook: NonNullable<LoadScript['request']>,
): PacketBuilder<Packet> {
  const planned = packetBuilder(request, aim, encode)
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
    return packetBuilder(scripted, { ...aim, path: scripted.path }, encode)(values)
  }
}

function callHook<T>(hook: () => T): T {
  try {
    return hook()
  } catch (cause) {
    throw scriptFailure('request', cause)
  }
}
