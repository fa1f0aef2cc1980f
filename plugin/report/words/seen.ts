import { count, plural } from '../../base/number.js'
import type { LeakReport } from '../../types/report.js'

/** `a leak of one object in 2,518 requests on the Lua heap`: the rarest that this run would have shown. */
export function reachWords(sensitivity: number, per: LeakReport['per']): string {
  return `a leak of one object in ${count(Math.floor(1 / sensitivity))} ${per ?? 'request'}s on the Lua heap`
}

/**
 * What a run without growth did and would have shown: `20,157 requests, p99 5.33 ms, would have shown one object in 2,518 requests;
 * moved: 2 plateau`. Not escaped.
 */
export function seenWords({ requests, load, sensitivity, per, moved, verdict, reasons }: LeakReport): string {
  if (verdict === 'invalid') return reasons[0]?.split('\n')[0] ?? ''
  const facts = [
    plural(requests.completed, 'request'),
    ...(load?.latencyUs ? [`p99 ${(load.latencyUs.p99 / 1000).toFixed(2)} ms`] : []),
    ...(sensitivity
      ? [`would have shown one object in ${count(Math.floor(1 / sensitivity))} ${per ?? 'request'}s`]
      : []),
  ]
  const classes = [...new Set(moved.map(({ class: kind }) => kind))]
  const came = classes.map((kind) => `${moved.filter((growth) => growth.class === kind).length} ${kind}`)
  return `${facts.join(', ')}${came.length > 0 ? `; moved: ${came.join(', ')}` : ''}`
}
