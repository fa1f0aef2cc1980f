import { summaryOf } from '../../../plugin/compare/times/statistics.js'
import type { BenchResult, KeptRate } from '../../../plugin/types/compare/result.js'

export const HEAP = {
  objects: 3,
  bytes: 200,
  paths: [
    { path: 'registry', objects: 1, bytes: 120 },
    { path: 'registry.a', objects: 2, bytes: 80 },
  ],
}

/** A clean result with one load of 24 rounds; override what a test is about. */
export function aResult(overrides: Partial<BenchResult> = {}): BenchResult {
  return {
    format: 'openresty-leak-bench/1',
    takenAt: '2026-11-23T12:00:00.000Z',
    revision: { commit: '1a2b3c4d5e6f', ref: 'main', dirty: false },
    environment: {
      cpu: 'a cpu',
      cores: 2,
      os: 'Linux 6.1',
      node: 'v20.20.0',
      openresty: 'nginx 1.22.1',
      luajit: 'openresty gc64',
    },
    tasks: [aLoad(1)],
    memory: { verdict: 'ok', reason: 'no path kept growing', kept: [], heap: HEAP, garbage: null },
    ...overrides,
  }
}

/** Throughput and latency of 24 rounds that differ a little; `factor` times as slow. */
export function aLoad(factor: number): BenchResult['tasks'][number] {
  const taken = (at: number) => {
    const rounds = Array.from({ length: 24 }, (_, round) => at * (1 + ((round * 7) % 24) / 2400))
    return { rounds, summary: summaryOf(rounds) }
  }
  return {
    name: 'load',
    kind: 'load',
    connections: 10,
    samples: 24_000,
    metrics: {
      throughput: { unit: 'perSecond', better: 'more', ...taken(10_000 / factor) },
      'latency.p50': { unit: 'us', better: 'less', ...taken(900 * factor) },
    },
  }
}

export function aKept(overrides: Partial<KeptRate> = {}): KeptRate {
  return {
    path: 'registry._LOADED.demo.go.^kept[*]',
    source: 'demo.lua:8',
    objectsPerRequest: 1,
    bytesPerRequest: 64,
    entriesPerRequest: 1,
    requests: 51_651,
    ...overrides,
  }
}
