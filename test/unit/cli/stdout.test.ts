import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { program } from '../../../plugin/cli/program.js'
import { differenceText } from '../../../plugin/report/live/difference-text.js'
import { differenceJson } from '../../../plugin/report/live/live-json.js'
import { snapshot } from '../heap/build.js'
import { aTerminal } from './terminal.js'

const [BEFORE, AFTER] = [snapshot({ 'globals.kept[*]': { string: 5 } }), snapshot({ 'globals.kept[*]': { string: 9 } })]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stdout-'))
  await writeFile(join(folder, 'a.json'), JSON.stringify(BEFORE))
  await writeFile(join(folder, 'b.json'), JSON.stringify(AFTER))
})
afterAll(() => rm(folder, { recursive: true }))

async function diff(...args: string[]) {
  const terminal = aTerminal()
  const code = await program(['diff', join(folder, 'a.json'), join(folder, 'b.json'), ...args], terminal)
  return { code, ...terminal.said }
}

test('a file that is called - is stdout, which then has nothing else: the text is on stderr', async () => {
  expect(await diff('--json', '-')).toEqual({
    code: 0,
    out: differenceJson(BEFORE, AFTER),
    err: `${differenceText(BEFORE, AFTER)}\n`,
  })
})

test('stdout takes one file', async () => {
  expect(await diff('--json', '-', '--html', '-')).toEqual({
    code: 2,
    out: '',
    err: 'resty-leak: - is stdout, which takes one file: give the others names.\n',
  })
})
