import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { importScript, scriptAnswer } from '../../../../plugin/load/client/script.js'
import { loadScript } from '../../../load-script.js'

test('takes hooks that are exported by name, or as one default object', async () => {
  const named = await loadScript('export function response() {}')
  expect(Object.keys(await importScript(named))).toEqual(['response'])
  const whole = await loadScript('export default { request() {}, done() {} }')
  expect(Object.keys(await importScript(pathToFileURL(whole).href))).toEqual(['request', 'done'])
})

test.each([
  [
    'export function respnse() {}',
    /exports 'respnse', which is no hook \(did you mean response\?\): export functions named/,
  ],
  ['export const done = 1', /exports 'done', which is no hook: export functions named request, response, done/],
  ['', /exports no hook/],
  ['export const = 1', /can't be imported: \w*Error: /],
  ["throw new Error('boom')", /can't be imported: Error: boom\n[\s\S]*script\.mjs:1/],
])('refuses %j', async (text, message) => {
  await expect(importScript(await loadScript(text))).rejects.toThrow(message)
})

test('refuses a relative path and a file that is not there', async () => {
  await expect(importScript('./load.mjs')).rejects.toThrow("script './load.mjs' is a relative path: write it in full")
  await expect(importScript('/no/such/load.mjs')).rejects.toThrow(
    /script \/no\/such\/load\.mjs can't be imported: .*Cannot find module/,
  )
})

test('shows an answer with its headers by lower-case name', () => {
  const headers = ['Set-Cookie', 'a', 'X-A', '1', 'set-cookie', 'b']
  const body = [Buffer.from([0xc3]), Buffer.from([0xa4])]
  expect(scriptAnswer({ method: 'PUT', path: '/t' }, { status: 201, headers, body })).toEqual({
    request: 'PUT /t',
    status: 201,
    headers: { 'set-cookie': 'a, b', 'x-a': '1' },
    body: 'ä',
  })
})
