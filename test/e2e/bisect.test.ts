import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Repository } from '../unit/compare/sides/repository.js'
import { aFolder, confWith, nginxNaming } from './resty-leak.js'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

const CONF = confWith(
  'location = /t { content_by_lua_block { require("shop").visit() } }',
  'lua_package_path "$prefix/lua/?.lua;;";',
)

/** The module after so many commits. */
function shop(commit: number, line = ''): string {
  return `-- commit ${commit}\nlocal visits = {}\nlocal M = {}\nfunction M.visit()\n    ngx.say("hello")\n${line}end\nreturn M\n`
}

test('git bisect finds the commit that planted a leak, past commits that do not start', async () => {
  const repository = await Repository.create({ 'nginx.conf': CONF, 'lua/shop.lua': shop(1) })
  const commits = [(await repository.git('rev-parse', 'HEAD')).trim()]
  for (let commit = 2; commit <= 12; commit++) {
    await repository.commit({
      // Both that may lie in the middle do not start, so that the search comes to one of them.
      'nginx.conf': commit === 6 || commit === 7 ? CONF.replace('events', 'evnets') : CONF,
      'lua/shop.lua': shop(commit, commit >= 10 ? '    visits[#visits + 1] = {}\n' : ''),
    })
    commits.push((await repository.git('rev-parse', 'HEAD')).trim())
  }
  const reports = await aFolder()
  await repository.git('bisect', 'start', commits.at(-1)!, commits[0]!)
  const asked = ['nginx.conf', '--runtime', 'local', '--request', '/t', '--amount', '2000', '--warmup', '1000']
  const files = ['--json', join(reports, 'leak.json'), '--html', join(reports, 'leak.html')]
  const { status, stdout } = spawnSync(
    'git',
    ['bisect', 'run', process.execPath, MAIN, 'run', ...asked, '--bisect', ...files],
    { cwd: repository.folder, encoding: 'utf8' },
  )
  expect(stdout).toContain(`${commits[9]} is the first bad commit`)
  expect(status).toBe(0)
  const log = await repository.git('bisect', 'log')
  expect(log).toMatch(/^# skip: /m)
  for (const [, skipped] of log.matchAll(/^git bisect skip (\w+)/gm))
    expect([commits[5], commits[6]]).toContain(skipped)
  // What is left is the report of the first bad commit.
  const report = JSON.parse(await readFile(join(reports, 'leak.json'), 'utf8'))
  expect(report).toMatchObject({
    verdict: 'leak',
    identity: { revision: { commit: commits[9] } },
    growths: [{ addedAt: [{ file: 'lua/shop.lua', line: 6 }] }],
  })
  expect(await readFile(join(reports, 'leak.html'), 'utf8')).toContain(commits[9]!.slice(0, 7))
  expect(await nginxNaming(repository.folder)).toEqual([])
})
