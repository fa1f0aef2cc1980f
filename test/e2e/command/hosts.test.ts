import { expect, test } from 'vitest'
import { describeWithEngine } from '../docker.js'
import { aFolder, restyLeak, scenario } from '../resty-leak.js'

const LEAK = scenario('module-table/nginx.conf')

/** Environment of a Node that takes this machine for another. */
function asOn(system: 'macos' | 'windows') {
  return {
    DOCKER_HOST: process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock',
    NODE_OPTIONS: `--import=${new URL(`as-on-${system}.mjs`, import.meta.url)}`,
  }
}

describeWithEngine('on a Mac, as far as Node can tell', () => {
  const asOnMacos = asOn('macos')

  test('a leak is found in a container', async () => {
    const { code, err, report, left } = await restyLeak(['run', LEAK, '--request', '/t', '--runtime', 'container'], {
      env: asOnMacos,
    })
    expect(err).toBe('')
    expect(report).toMatchObject({ verdict: 'leak', growths: [{ path: 'registry._LOADED.demo.go.^foo[*]' }] })
    expect({ code, left }).toEqual({ code: 1, left: [] })
  })

  test('a local run says what it lacks', async () => {
    const { code, err } = await restyLeak(['run', LEAK, '--request', '/t', '--runtime', 'local'], { env: asOnMacos })
    expect(err).toMatch(/Linux/)
    expect(code).toBe(3)
  })
})

describeWithEngine('on Windows, as far as Node can tell', () => {
  const asOnWindows = asOn('windows')

  test('a conf on a drive, with what it includes, runs in a container, and DEBUG shows which, and each reading in it', async () => {
    const module = 'local kept = {} return { go = function() kept[#kept + 1] = {} ngx.say("hello") end }'
    const folder = await aFolder({
      'conf/nginx.conf':
        'events {} http { include sites/*.conf; include mime.types; lua_package_path "$prefix/lua/?.lua;;"; }',
      'conf/sites/a.conf': 'server { listen 8080; location = /t { content_by_lua_block { require("demo").go() } } }',
      'lua/demo.lua': module,
    })
    const drive = `C:${folder.replaceAll('/', '\\')}`
    const { code, err, report, left } = await restyLeak(
      ['run', `${drive}\\conf\\nginx.conf`, '--request', '/t', '--amount', '1000', '--runtime', 'container'],
      { env: { ...asOnWindows, DEBUG: 'openresty-leak:*' } },
    )
    expect(err).toContain(` -p /c${folder}/ -c /c${folder}/conf/nginx.conf `)
    expect(err).toMatch(/openresty-leak:container container \w+ serves/)
    expect(err).toMatch(/openresty-leak:walker snap -p \d+ as uid \d+ ended with 0/)
    expect(report).toMatchObject({
      verdict: 'leak',
      growths: [{ path: 'registry._LOADED.demo.go.^kept[*]', source: 'demo.lua:1' }],
    })
    expect({ code, left }).toEqual({ code: 1, left: [] })
  })

  test('an engine behind ssh takes a tunnel that its user opens', async () => {
    const { code, err } = await restyLeak(['run', LEAK, '--request', '/t', '--runtime', 'container'], {
      env: { ...asOnWindows, DOCKER_HOST: 'ssh://ci@box:2222' },
    })
    expect(err).toContain(
      'ssh -nNT -L 127.0.0.1:2375:/var/run/docker.sock -l ci -p 2222 -- box, and set DOCKER_HOST=tcp',
    )
    expect(code).toBe(3)
  })

  test.each([
    ['heap of a process', ['heap', '-p', '1'], 3, /only Linux shows what a process holds, and this is win32/],
    ['compare', ['compare', LEAK, '--base', 'main', '--request', '/t'], 2, /run it inside WSL 2/],
  ])('%s says where it can be done', async (_, args, exit, why) => {
    const { code, err } = await restyLeak(args, { env: asOnWindows, json: false })
    expect(err).toMatch(why)
    expect(code).toBe(exit)
  })
})

test('DEBUG shows what is tried, started, loaded and read', async () => {
  const { code, err } = await restyLeak(['run', LEAK, '--request', '/t', '--amount', '1000', '--runtime', 'local'], {
    env: { DEBUG: 'openresty-leak:*' },
  })
  expect(err).toMatch(/openresty-leak:boot installed: /)
  expect(err).toMatch(/openresty-leak:local \/\S+ -p \S+module-table\/ -c /)
  expect(err).toMatch(/openresty-leak:local nginx \d+ answers/)
  expect(err).toMatch(/openresty-leak:measure the warm-up: 5003 requests/)
  expect(err).toMatch(/openresty-leak:walker > snap \d+ /)
  expect(code).toBe(1)
})
