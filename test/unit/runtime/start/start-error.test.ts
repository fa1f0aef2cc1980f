import { describe, expect, test } from 'vitest'
import { seriousEntries } from '../../../../plugin/runtime/log/error-log.js'
import { startError } from '../../../../plugin/runtime/start/start-error.js'

const MISSING_MODULE = `2026/11/23 19:07:06 [notice] 1#1: using the "epoll" event method
2026/11/23 19:07:06 [error] 1#1: init_by_lua error: init_by_lua:1: module 'nope' not found:
\tno field package.preload['nope']
\tno file './nope.lua'
stack traceback:
\t[C]: in function 'require'
2026/11/23 19:07:06 [notice] 1#1: exit
`
const ABOUT = { conf: '/p/nginx.conf', description: 'nginx 1.22.1', mirror: '/t/mirror', why: 'code 1' }

describe('serious entries of a log', () => {
  test('come with the lines that continue them, and nothing else', () => {
    expect(seriousEntries(MISSING_MODULE).split('\n')).toEqual(MISSING_MODULE.split('\n').slice(1, 6))
  })

  test('say how much was left out', () => {
    expect(seriousEntries(MISSING_MODULE, { max: 2 })).toMatch(/preload\['nope'\]\n\.\.\. \(3 more lines\)$/)
  })

  test('name the user’s file, not the mirror’s', () => {
    const log = 'nginx: [emerg] unknown directive "x" in /t/mirror/p/nginx.conf:3'
    expect(seriousEntries(log, { mirror: '/t/mirror' })).toBe('nginx: [emerg] unknown directive "x" in /p/nginx.conf:3')
  })
})

describe('a start that failed', () => {
  test('says which variable the code reads and nobody has set', () => {
    const log =
      '2026/11/23 19:07:06 [error] 1#1: init_by_lua error: init_by_lua(nginx.conf:4):1: attempt to concatenate a nil value\n'
    const confs = [
      'env REGION;\nenv MODE=test;\nhttp { init_by_lua_block { local host = os.getenv("UPSTREAM") local port = os.getenv "PORT" or 80 } }',
    ]
    const { message } = startError(log, { ...ABOUT, confs, envNames: new Set(['REGION']) })
    expect(message.split('\n').at(-1)).toBe(
      "UPSTREAM is not set, and nil for Lua. It can be: --env UPSTREAM=..., in a test env: { UPSTREAM: '...' }.",
    )
    const both = startError(log, { ...ABOUT, confs }).message
    expect(both).toMatch(/UPSTREAM, REGION are not set|REGION, UPSTREAM are not set/)
    expect(startError(log, { ...ABOUT, confs, envNames: new Set(['REGION', 'UPSTREAM']) }).message).toMatch(
      /lua_package_path/,
    )
  })

  test('a module that is not found is told as that, whatever is not set', () => {
    const { message } = startError(MISSING_MODULE, { ...ABOUT, confs: ['env REGION;'] })
    expect(message).toMatch(/A module that is not found must be on lua_package_path/)
  })

  test('tells a core library of another version from one that is not there', () => {
    const said = (reason: string) =>
      startError(`2026/11/28 22:11:34 [alert] 1#1: failed to load the 'resty.core' module (reason: ${reason})\n`, ABOUT)
        .message.split('\n')
        .filter((line) => !line.startsWith('  '))
    const other = said('resty/core/base.lua:34: ngx_stream_lua_module 0.0.18 required but got 20')
    expect(other[0]).toMatch(/of another version than its Lua module/)
    expect(other.at(-1)).toMatch(/first on lua_package_path/)
    expect(said("module 'resty.core' not found:")[0]).toMatch(/cannot find lua-resty-core/)
  })

  test('says which module the conf lacks, where nginx only says that a directive is out of place', () => {
    const log = 'nginx: [emerg] "preread_by_lua_block" directive is not allowed here in /t/mirror/p/nginx.conf:7'
    const error = startError(log, { ...ABOUT, lacks: 'There is no stream Lua module.' })
    expect(error).toMatchObject({ code: 'RUNTIME_CONF_REJECTED' })
    expect(error.message).toMatch(/nginx\.conf:7\nThere is no stream Lua module\.$/)
    const other = startError('nginx: [emerg] unexpected "}" in /p/nginx.conf:3', { ...ABOUT, lacks: 'There is none.' })
    expect(other.message).toMatch(/Correct the conf/)
  })

  test.each([
    [
      'nginx: [emerg] bind() to 127.0.0.1:8080 failed (98: Address already in use)',
      'RUNTIME_PORT_IN_USE',
      'another port',
    ],
    [MISSING_MODULE, 'RUNTIME_LUA_FAILED', 'lua_package_path'],
    ["nginx: [alert] failed to load the 'resty.core' module (see below)", 'RUNTIME_LUA_FAILED', ';;'],
    ['nginx: [emerg] host not found in upstream "db" in /t/mirror/p/nginx.conf:3', 'RUNTIME_CONF_REJECTED', 'replace'],
    ['nginx: [emerg] unknown directive "ech" in /t/mirror/p/nginx.conf:3', 'RUNTIME_CONF_REJECTED', 'misspelt'],
    ['nginx: [emerg] unexpected "}" in /t/mirror/p/nginx.conf:3', 'RUNTIME_CONF_REJECTED', 'Correct'],
    ['Segmentation fault', 'RUNTIME_START_FAILED', 'code 1'],
    ['', 'RUNTIME_START_FAILED', 'its error log is empty'],
  ])('shows the log and a way out: %j', (log, code, wayOut) => {
    const cause = new Error('x')
    const error = startError(log, ABOUT, cause)
    expect(error).toMatchObject({ code, cause })
    expect(error.message).toContain('/p/nginx.conf')
    expect(error.message).not.toContain('/t/mirror')
    expect(error.message).toContain(wayOut)
    expect(error.message).toContain(seriousEntries(log, { mirror: '/t/mirror' }).split('\n')[0])
  })
})
