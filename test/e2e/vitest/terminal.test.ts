import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { run } from '../../../plugin/base/spawn.js'
import { aProject, VITEST_ENV, VITEST_MAIN, vitest } from '../vitest-project.js'

const FILES = {
  'vitest.config.ts': `
import { defineConfig } from 'vitest/config'
import openrestyLeak from 'vitest-openresty-leak'
export default defineConfig({ plugins: [openrestyLeak({ runtime: 'local', reports: false })] })
`,
  'a.leak.test.ts': `
import { expect, test } from 'vitest-openresty-leak/test'
test('a load', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'fixed/nginx.conf' })
  const saying = setInterval(() => console.error('said by the test'), 300)
  await server.load({ request: '/t', duration: '6s' })
  clearInterval(saying)
})
`,
}
const PROGRESS = /[\d,]+ requests in \d+ of 6 s, [\d,]+\/s, \d+ errors?/g

/** Vitest with a terminal of 80 columns; all that it was sent. Of util-linux, which each Linux has. */
async function onTerminal(folder: string): Promise<string> {
  const command = `stty cols 80 rows 24; exec '${process.execPath}' '${VITEST_MAIN}' run`
  const { stdout } = await run('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    // Vitest redraws nothing on a CI runner.
    env: { ...VITEST_ENV, CI: '', TERM: 'xterm' },
  })
  return stdout
}

test.runIf(existsSync('/usr/bin/script'))(
  'progress stands in a line of its own above the summary of Vitest, whatever the test prints meanwhile',
  { timeout: 120_000 },
  async () => {
    const sent = await onTerminal(await aProject(FILES))
    expect(sent).toContain('said by the test')
    expect(sent).toContain('1 passed')
    const after = [...sent.matchAll(PROGRESS)].map(({ 0: line, index }) => sent.slice(index + line.length)[0])
    expect(after.length).toBeGreaterThan(0)
    // The line is taken away, or the summary begins below it; nothing is written behind it.
    expect(after.filter((next) => next !== '\r' && next !== '\n')).toEqual([])
  },
)

test('without a terminal there is no progress', { timeout: 120_000 }, async () => {
  const { text } = await vitest(await aProject(FILES))
  expect(text).toContain('said by the test')
  expect(text).toContain('1 passed')
  expect(text).not.toMatch(PROGRESS)
})
