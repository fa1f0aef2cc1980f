import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, onTestFinished, test } from 'vitest'
import { program } from '../../../plugin/cli/program.js'
import { writeGateway } from '../../e2e/explore/gateway.js'

const SCHEMA = JSON.parse(readFileSync(new URL('../../../docs/routes.schema.json', import.meta.url), 'utf8'))

function aGateway(): string {
  const folder = mkdtempSync(join(tmpdir(), 'routes-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return writeGateway(folder)
}

async function said(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  let out = ''
  const terminal = { out: { write: (text: string) => (out += text) }, err: { write: () => {} }, env: {} }
  return { code: await program(['routes', ...args], terminal), out }
}

test('routes --json prints what its schema says', async () => {
  const { code, out } = await said(aGateway(), '--json')
  expect(code).toBe(0)
  const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(SCHEMA)
  validate(JSON.parse(out))
  expect(validate.errors).toBe(null)
})

test('routes lists each location in a line, and why a GET may not work', async () => {
  const { out } = await said(aGateway())
  expect(out).toContain('100 locations in 3 servers, of which 72 likely answer a GET')
  expect(out).toMatch(
    /^ {2}GET +~ \^\/regex\/0\/\(\\d\+\)\/\[a-z-\]\+\$ +routes\/regex.conf:1 +content routes\/regex.conf:1$/m,
  )
  expect(out).toMatch(
    /^ {2}- +\/auth\/0 +routes\/closed.conf:1 .*needs authorization: auth_basic staff, routes\/closed.conf:1$/m,
  )
  expect(out).toMatch(/^server tenant.test {2}listens on 8080 {3}conf.d\/tenant.conf:1$/m)
})
