import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { defineLeakProject } from './plugin/index.js'

const fromSource = (file: string) => fileURLToPath(new URL(`plugin/${file}`, import.meta.url))

/** The package by its own name, taken from source: scenarios read as users write them and need no build. */
const alias = [
  { find: /^vitest-openresty-leak$/, replacement: fromSource('index.ts') },
  { find: /^vitest-openresty-leak\/bench$/, replacement: fromSource('vitest/bench/bench.ts') },
  { find: /^vitest-openresty-leak\/(test|matchers|setup|reporter)$/, replacement: fromSource('vitest/$1.ts') },
]

/**
 * Tests that boot OpenResty. One process runs all of a group, or several where `maxWorkers` says so, which loads the modules once;
 * no test leaves anything in it that another sees. The groups come one after the other, since they share the machine's cores with the load.
 */
const group = (groupOrder: number, maxWorkers: number) =>
  ({
    pool: 'forks',
    maxWorkers,
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    sequence: { groupOrder },
  }) as const

/** Three at a time: much of a test is waiting, and no verdict may depend on how busy the machine is. */
const inThrees = { fileParallelism: true, isolate: false, maxWorkers: 3, sequence: { groupOrder: 2 } } as const

/** `npm run scenarios -- --runtime container` asks for a container, `--workers 2` for two workers; all else runs one on this machine. */
const runtime =
  process.env.SCENARIOS_RUNTIME === 'container'
    ? ({ runtime: 'container', dockerfile: 'docker/bookworm.Dockerfile' } as const)
    : ({ runtime: 'local' } as const)
const workers = Number(process.env.SCENARIOS_WORKERS ?? 1)
const scenarios = defineLeakProject({ ...runtime, workers, name: 'scenarios', include: ['scenarios/**/*.test.ts'] })

export default defineConfig({
  test: {
    projects: [
      // One process for many files: two thirds of their time would go into loading the same modules again for each.
      // As many as there are cores: vitest leaves one to itself, which of two is half of what there is.
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          isolate: false,
          maxWorkers: '100%',
          testTimeout: 60_000,
        },
      },
      { resolve: { alias }, test: { name: 'walker', include: ['test/walker/**/*.test.ts'], ...group(1, 1) } },
      {
        resolve: { alias },
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], globalSetup: 'test/e2e/build.ts', ...group(2, 3) },
      },
      { ...scenarios, resolve: { alias }, test: { ...scenarios.test, ...inThrees } },
    ],
  },
})
