import { defineConfig } from 'vitest/config'
import openrestyLeak from 'vitest-openresty-leak'

export default defineConfig({ plugins: [openrestyLeak({ runtime: 'auto' })] })
