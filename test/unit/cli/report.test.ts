import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { program } from '../../../plugin/cli/program.js'
import { reportJson } from '../../../plugin/report/export/json.js'
import { wholeText } from '../../../plugin/report/terminal/whole-text.js'
import { aGrowth, aLeak, aReport, somePaths } from '../report/build.js'
import { aTerminal } from './terminal.js'

const LEAK = aLeak([aGrowth()], { paths: somePaths() })

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-command-'))
  await writeFile(join(folder, 'leak.json'), reportJson(LEAK))
})
afterAll(() => rm(folder, { recursive: true }))

/** Runs `resty-leak report` on a file of the folder. */
async function report(file: string, ...args: string[]) {
  const terminal = aTerminal()
  const code = await program(['report', join(folder, file), ...args], terminal)
  return { code, ...terminal.said }
}

const read = (name: string) => readFile(join(folder, name), 'utf8')

test('without a form it is printed as the run printed it', async () => {
  expect(await report('leak.json')).toEqual({ code: 0, out: `${wholeText(LEAK)}\n`, err: '' })
})

test('every form is written to its file', async () => {
  const forms = ['html', 'markdown', 'folded', 'speedscope', 'heapsnapshot']
  const files = forms.flatMap((form) => [`--${form}`, join(folder, `leak.${form}`)])
  expect(await report('leak.json', ...files, '--at', 'before')).toEqual({ code: 0, out: '', err: '' })
  expect(await read('leak.html')).toContain('<!doctype html>')
  expect(await read('leak.markdown')).toContain('**heap grew on 1 path')
  expect(await read('leak.folded')).toContain(';[*] 210126\n')
  expect(JSON.parse(await read('leak.speedscope'))).toHaveProperty('profiles')
  expect(JSON.parse(await read('leak.heapsnapshot'))).toHaveProperty('snapshot.node_count', 9)
  await report('leak.json', '--folded', join(folder, 'leak.folded'), '--at', 'difference')
  expect(await read('leak.folded')).toContain(';[*] 210126 1056720\n')
})

describe('what is no report, or cannot be done, is said', () => {
  test.each([
    ['absent.json', undefined, 'cannot read'],
    ['cut.json', '{ "format": "openresty', 'is no JSON, or was cut off'],
    ['other.json', '{ "format": "resty-heap/1" }', 'its format is "resty-heap/1", not openresty-leak-report/1'],
    ['null.json', 'null', 'its format is missing'],
  ])('%s', async (name, text, message) => {
    if (text !== undefined) await writeFile(join(folder, name), text)
    const { code, err } = await report(name)
    expect(err).toContain(message)
    expect(code).toBe(2)
  })

  test('a heap snapshot of a difference', async () => {
    const { code, err } = await report('leak.json', '--heapsnapshot', join(folder, 'x'), '--at', 'difference')
    expect(err).toContain('--heapsnapshot holds one heap')
    expect(code).toBe(2)
  })

  test('a picture of a report without paths', async () => {
    await writeFile(join(folder, 'bare.json'), reportJson(aReport()))
    const { code, err } = await report('bare.json', '--folded', join(folder, 'x'))
    expect(err).toContain('the report has no paths')
    expect(code).toBe(3)
  })

  test('a folder that is not there', async () => {
    const { code, err } = await report('leak.json', '--html', join(folder, 'no/x.html'))
    expect(err).toContain('cannot write to that folder: no such file or folder')
    expect(code).toBe(2)
  })
})
