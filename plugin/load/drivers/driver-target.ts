import type { Runtime } from '../../types/runtime.js'
import type { DriverTarget } from './driver.js'

/** A runtime as a driver of load sees it. */
export function driverTarget(runtime: Runtime): DriverTarget {
  return {
    url: runtime.url,
    ...(runtime.places && { places: runtime.places }),
    origin: (confPort) => runtime.origin(confPort),
    port: (confPort) => publishedPort(runtime, confPort),
    get ports() {
      const tcp = (runtime.listens ?? []).filter(({ udp }) => !udp)
      return [...new Set(tcp.map(({ confPort }) => confPort))]
    },
    counters: () => runtime.counters(),
  }
}

/** Where a conf listens on a port by TCP and by UDP, TCP is meant. */
function publishedPort(runtime: Runtime, confPort: number): number {
  const those = (runtime.listens ?? []).filter((listen) => listen.confPort === confPort)
  const found = those.find(({ udp }) => !udp) ?? those[0]
  if (found) return found.port
  const { port, protocol } = new URL(runtime.origin(confPort))
  return Number(port) || (protocol === 'https:' ? 443 : 80)
}
