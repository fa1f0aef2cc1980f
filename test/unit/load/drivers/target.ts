import type { DriverTarget } from '../../../../plugin/load/drivers/driver.js'
import type { NginxCounters } from '../../../../plugin/types/snapshot.js'

/** A server on ports 8080 and 8500 of its conf, of which nginx counts what `counts` says. */
export function aTarget(counts: Partial<NginxCounters> | null = {}): DriverTarget {
  const published = new Map([
    [8080, 34_567],
    [8500, 34_568],
  ])
  return {
    url: 'http://127.0.0.1:34567',
    ports: [...published.keys()],
    origin: (confPort) => `http://127.0.0.1:${published.get(confPort)}`,
    port(confPort) {
      const port = published.get(confPort)
      if (port === undefined) throw new Error(`the conf does not listen on port ${confPort}`)
      return port
    },
    counters: async () =>
      counts && { requests: 0, accepted: 0, handled: 0, active: 0, reading: 0, writing: 0, waiting: 0, ...counts },
  }
}
