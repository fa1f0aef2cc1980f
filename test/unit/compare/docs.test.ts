import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { program } from '../../../plugin/cli/program.js'
import { DEFAULT_MINIMUMS, parseMinimums } from '../../../plugin/compare/judge/thresholds.js'

const DOC = readFileSync(new URL('../../../docs/ci.md', import.meta.url), 'utf8')

async function help(command: string): Promise<string> {
  let text = ''
  const write = (more: string) => (text += more)
  await program([command, '--help'], { out: { write }, err: { write }, env: {} })
  return text
}

describe('docs/ci.md', () => {
  test.each(['compare', 'diff'])('uses options that %s has', async (command) => {
    const calls = [...DOC.matchAll(new RegExp(`resty-leak ${command} [^\`\n]*`, 'g'))].map(([call]) => call)
    expect(calls.length).toBeGreaterThan(0)
    const known = await help(command)
    for (const [option] of calls.join(' ').matchAll(/--[a-z-]+/g)) expect(known).toContain(option)
  })

  test('names the options and defaults of compare in its text', async () => {
    const known = await help('compare')
    for (const option of ['--rounds', '--round-ms', '--fail-on', '--threshold', '--head']) {
      expect(DOC).toContain(option)
      expect(known).toContain(option)
    }
    expect(known.replace(/\s+/g, ' ')).toMatch(/--rounds <n>.*\(default: 24\).*--round-ms <n>.*\(default: 250\)/)
  })

  test('gives the default thresholds', () => {
    const shown = [...DOC.slice(DOC.indexOf('| `--threshold`')).matchAll(/`([a-z0-9]+:[^`]+)`/g)].map(
      ([, text]) => text!,
    )
    expect(parseMinimums(shown)).toEqual(DEFAULT_MINIMUMS)
    expect(shown).toHaveLength(Object.keys(DEFAULT_MINIMUMS).length)
  })
})
