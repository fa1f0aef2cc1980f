import { expect, test } from 'vitest'
import { describeWithEngine } from './docker.js'
import { restyLeak, scenario } from './resty-leak.js'

const LEAK = scenario('module-table/nginx.conf')

describeWithEngine('on a Mac, as far as Node can tell', () => {
  const asOnMacos = {
    DOCKER_HOST: process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock',
    NODE_OPTIONS: `--import=${new URL('as-on-macos.mjs', import.meta.url)}`,
  }

  test('a leak is found in a container', async () => {
    const { code, err, report, left } = await restyLeak(['run', LEAK, '--request', '/t', '--runtime', 'container'], {
      env: asOnMacos,
    })
    expect(err).toBe('')
    expect(report).toMatchObject({ verdict: 'leak', growths: [{ path: 'registry._LOADED.demo.go.^foo[*]' }] })
    expect({ code, left }).toEqual({ code: 1, left: [] })
  })

  test('DEBUG shows which container serves, and each reading in it', async () => {
    const { code, err } = await restyLeak(
      ['run', LEAK, '--request', '/t', '--amount', '1000', '--runtime', 'container'],
      { env: { DEBUG: 'openresty-leak:*' } },
    )
    expect(err).toMatch(/openresty-leak:container container \w+ serves/)
    expect(err).toMatch(/openresty-leak:walker snap -p \d+ as uid \d+ ended with 0/)
    expect(code).toBe(1)
  })

  test('a local run says what it lacks', async () => {
    const { code, err } = await restyLeak(['run', LEAK, '--request', '/t', '--runtime', 'local'], { env: asOnMacos })
    expect(err).toMatch(/Linux/)
    expect(code).toBe(3)
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
