import type { Command } from 'commander'
import { parseRequest } from '../../load/plan/request.js'
import type { RequestSpec } from '../../types/request.js'
import { type PlanArguments, withPlanOptions } from './plan-options.js'
import { UsageError } from './usage.js'
import { whole } from './values.js'

/** What commander hands over of requests that the user names. */
export interface RequestArguments extends Pick<PlanArguments, 'request' | 'header'> {
  readonly host?: string
  readonly body?: string
  readonly abortAfter?: string
}

/** Adds --header, --body, --host and --expect-status: what goes with every request, and what its answer may be. */
export function withRequestOptions(command: Command): Command {
  withPlanOptions(command, ['headers'])
    .option('--body <text>', 'body of every request; makes POST the method where none is named')
    .option('--host <name>', 'Host header of every request')
  return withPlanOptions(command, ['expectStatus'])
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
