import type { RuntimeOptions } from '../types/runtime.js'
import { literal } from './literal.js'

/** How the conf was started, and is to be in the tests: what the command line says of it. */
export type StartSettings = Partial<
  Pick<
    RuntimeOptions,
    'runtime' | 'image' | 'dockerfile' | 'openresty' | 'workers' | 'replace' | 'env' | 'startTimeoutMs'
  >
>

/** A config for a project that has none. @param hasOtherTests whether Vitest ran others without one */
export function vitestConfigText(settings: StartSettings, hasOtherTests: boolean): string {
  const project = `defineLeakProject(${Object.keys(settings).length === 0 ? '' : literal(settings)})`
  if (!hasOtherTests) {
    return [
      "import { defineConfig } from 'vitest/config'",
      "import { defineLeakProject } from 'vitest-openresty-leak'",
      '',
      `export default defineConfig({ test: { projects: [${project}] } })`,
      '',
    ].join('\n')
  }
  return [
    "import { configDefaults, defineConfig } from 'vitest/config'",
    "import { defineLeakProject, LEAK_TEST_FILES } from 'vitest-openresty-leak'",
    '',
    'export default defineConfig({',
    '  test: {',
    '    projects: [',
    "      { test: { name: 'unit', exclude: [...configDefaults.exclude, ...LEAK_TEST_FILES] } },",
    `      ${project},`,
    '    ],',
    '  },',
    '})',
    '',
  ].join('\n')
}

/**
 * A config of its own beside one that is there. Its tests have names that no other project takes for its own, so that they
 * neither run twice nor without the plugin.
 */
export function ownConfigText(settings: StartSettings, include: string): string {
  const options = { include: [include], ...settings }
  return [
    "import { defineLeakProject } from 'vitest-openresty-leak'",
    '',
    `export default defineLeakProject(${literal(options)})`,
    '',
  ].join('\n')
}
