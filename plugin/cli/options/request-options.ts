import { parseRequest } from '../../load/plan/request.js'
import type { RequestSpec } from '../../types/request.js'
import { UsageError } from './usage.js'
import { whole } from './values.js'

/** What commander hands over of requests that the user names. */
export interface RequestArguments {
  readonly request?: readonly string[]
  readonly header?: readonly string[]
  readonly host?: string
  readonly body?: string
  readonly abortAfter?: string
}

/** Headers, host and body go with every request; a method that is not named becomes POST where there is a body. */
export function requestsOf({ request = [], body, abortAfter, ...given }: RequestArguments): RequestSpec[] {
  const abortAfterMs = whole('--abort-after', abortAfter)
  const headers = headersOf(given)
  return request.map((text) => {
    const spec = parseRequest(body !== undefined && !/\s/.test(text.trim()) ? `POST ${text}` : text)
    return {
      ...spec,
      ...(Object.keys(headers).length > 0 && { headers }),
      ...(body !== undefined && { body }),
      ...(abortAfterMs !== undefined && { abortAfterMs }),
    }
  })
}

export function headersOf({ header = [], host }: RequestArguments): Record<string, string> {
  return Object.fromEntries([...header.map(headerPair), ...(host === undefined ? [] : [['Host', host]])])
}

function headerPair(text: string): [string, string] {
  const at = text.indexOf(':')
  if (at < 1) throw new UsageError(`--header ${JSON.stringify(text)} has no name and value: write 'Name: value'.`)
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}
