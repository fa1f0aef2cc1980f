import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { packageVersion } from '../../../plugin/base/package-files.js'
import { identityOf } from '../../../plugin/compare/sides/identity.js'
import { reportJson } from '../../../plugin/report/export/json.js'
import { reportHtml } from '../../../plugin/report/html/html.js'
import { aLeak, anIdentity } from './build.js'

test('a report says when, of what, where and with what it was measured, in JSON and on the page', () => {
  const report = aLeak(undefined, { identity: anIdentity() })
  expect(JSON.parse(reportJson(report)).identity).toEqual(anIdentity())
  const page = reportHtml(report)
  for (const fact of [
    '2026-11-23 12:00:00 UTC',
    'main (1a2b3c4, with changes)',
    'Linux 6.1, 2 cores of a cpu, Node v20.20.0',
    'openresty gc64',
    'vitest-openresty-leak 0.1.0',
  ]) {
    expect(page).toContain(`<dd>${fact}</dd>`)
  }
})

test('outside of a repository there is no revision', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'identity-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  expect(await identityOf(folder)).toEqual({
    takenAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    version: await packageVersion(),
    revision: null,
    machine: { cpu: expect.any(String), cores: expect.any(Number), os: expect.any(String), node: process.version },
  })
})
