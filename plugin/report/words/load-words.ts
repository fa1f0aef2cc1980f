import type { LeakReport } from '../../types/report.js'

type Load = NonNullable<LeakReport['load']>

/** What made the load, as a line of a report says it: `HTTP/1.1`, `work in Node`, `the command wrk -d2s $URL/t`. */
export function loadMaker({ driver = 'requests', protocol, command }: Load): string {
  switch (driver) {
    case 'requests':
      return protocol ?? 'HTTP/1.1'
    case 'work':
      return 'work in Node'
    case 'command':
      return `the command ${command ?? ''}`.trimEnd()
  }
}

/** What made the load, as a sentence of a report; none where it was what makes it unless something else is said. */
export function loadRemark(load: Load | null): string[] {
  if (!load) return []
  const maker = loadMaker(load)
  return maker === 'HTTP/1.1' ? [] : [`Load by ${maker}`]
}

/** What the counts of a load are of: `request`, `call`, `session`, `connection`. */
export function loadUnit(load: Load | null): string {
  return load?.unit ?? 'request'
}

/** Everything that went wrong in a load. */
export function failuresOf({ errors, unexpected, failures }: Load): number {
  return Object.values(errors).reduce((sum, amount) => sum + amount, unexpected + (failures?.count ?? 0))
}
