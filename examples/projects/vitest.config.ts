import { defineConfig } from 'vitest/config'
import { defineLeakProject } from 'vitest-openresty-leak'

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.ts'] } },
      defineLeakProject({ runtime: 'auto', include: ['leak/**/*.test.ts'] }),
    ],
  },
})
