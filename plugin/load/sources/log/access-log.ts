import type { Sighting } from '../mix/sighting.js'
import { compileFormat, type LogFormat, type ReadLine } from './format.js'
import { logValue } from './value.js'

/** `GET /path HTTP/1.1`; HTTP/0.9 has no version. */
const REQUEST_LINE = /^(\S+) (.*?)(?: HTTP\/\d(?:\.\d)?)?$/s

/** Why a line tells of no request that could be sent. */
export type NoSighting = 'that do not fit the log format' | 'without a request'

/** What reads the lines of an access log. Never throws. */
export function accessLogReader(format: LogFormat): (line: string) => Sighting | NoSighting {
  const read = compileFormat(format)
  return (line) => {
    const fields = read(line)
    return fields ? sightingOf(fields, format) : 'that do not fit the log format'
  }
}

function sightingOf(fields: NonNullable<ReturnType<ReadLine>>, { escape: manner }: LogFormat): Sighting | NoSighting {
  const value = (name: string) => logValue(fields.get(name), manner)
  const request = requestOf(value)
  if (!request) return 'without a request'
  const status = Number(value('status') ?? Number.NaN)
  const host = value('http_host') ?? value('host')
  return {
    ...request,
    ...(Number.isInteger(status) && { status }),
    ...(host !== undefined && { host }),
  }
}

/** The request line where there is one: it is what the client sent. */
function requestOf(value: (name: string) => string | undefined): Pick<Sighting, 'method' | 'target'> | undefined {
  const line = value('request')
  if (line !== undefined) {
    const [, method, target] = REQUEST_LINE.exec(line) ?? []
    return method === undefined || target === undefined ? { method: line, target: '' } : { method, target }
  }
  const target = value('request_uri') ?? pathOf(value)
  return target === undefined ? undefined : { method: value('request_method') ?? 'GET', target }
}

/** Of $uri, which is decoded, with its query. */
function pathOf(value: (name: string) => string | undefined): string | undefined {
  const uri = value('uri') ?? value('document_uri')
  const args = value('args') ?? value('query_string')
  if (uri === undefined) return undefined
  const path = uri.replace(/[%?#]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  return args === undefined ? path : `${path}?${args}`
}
