import { count, plural } from '../base/number.js'
import type { LeftOut, RequestMix } from '../types/request.js'

/** Requests that are not measured, beyond which they are counted. */
const SHOWN = 40

/** What was read and is not sent is said aloud: a run that passed says nothing of it. */
export function mixReasons(
  { from, source, kind, read, taken, leftOut, notMeasured }: RequestMix,
  kinds: number,
): string[] {
  const unit = UNITS[kind.split(' ', 1)[0]!] ?? ['request', 'requests']
  const what = from === 'routes' ? 'routes' : 'requests'
  const first = `${what} of ${source} (${kind}): ${count(taken)} of ${plural(read, ...unit)}, as ${plural(kinds, 'kind of request', 'kinds of request')}`
  return [
    first,
    ...(leftOut.length > 0
      ? [`left out of ${source}: ${leftOut.map(leftOutWords).join('; ')}${unsafeHint(leftOut)}`]
      : []),
    ...(notMeasured.length > 0
      ? [
          [
            `not measured, after one try where there is something to try:`,
            ...notMeasured.slice(0, SHOWN).map(({ request, reason }) => `${request}  ${reason}`),
            ...(notMeasured.length > SHOWN ? [`and ${notMeasured.length - SHOWN} more: see the JSON report`] : []),
          ].join('\n'),
        ]
      : []),
  ]
}

const UNITS: Readonly<Record<string, readonly [string, string]>> = {
  access: ['line', 'lines'],
  list: ['line', 'lines'],
  HAR: ['entry', 'entries'],
  OpenAPI: ['operation', 'operations'],
  nginx: ['location', 'locations'],
}

function leftOutWords({ reason, count: amount, first }: LeftOut): string {
  return `${count(amount)} ${reason}${first === undefined || amount > 1 ? '' : ` (${first})`}`
}

function unsafeHint(leftOut: readonly LeftOut[]): string {
  const changes = leftOut.some(({ reason }) => reason.endsWith('may change state'))
  return changes ? '. --unsafe (in a test unsafe: true) sends what may change state' : ''
}
