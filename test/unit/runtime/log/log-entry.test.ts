import { describe, expect, test } from 'vitest'
import { LogSplitter, logEntries, messageOfEntry, topicOf } from '../../../../plugin/runtime/log/log-entry.js'

const AT = '2026/11/23 19:07:06'
const REQUEST = 'client: 127.0.0.1, server: , request: "GET /t HTTP/1.1", host: "127.0.0.1"'

const texts = (log: string) => logEntries(log).map(({ text }) => text)
const topic = (text: string) => topicOf(logEntries(text)[0]!)

describe('an entry', () => {
  test('has the lines of its message and of its traceback', () => {
    const failed = `${AT} [error] 7#7: *1 lua entry thread aborted: runtime error: orders.lua:3: two
lines
stack traceback:
coroutine 0:
\t[C]: in function 'error'
\torders.lua:3: in main chunk, ${REQUEST}`
    expect(texts(`${AT} [notice] 1#1: start\n${failed}\n${AT} [notice] 1#1: exit\n`)).toEqual([
      `${AT} [notice] 1#1: start`,
      failed,
      `${AT} [notice] 1#1: exit`,
    ])
  })

  test.each([
    'nginx: lua atpanic: Lua VM crashed, reason: not enough memory',
    'nginx: [emerg] unknown directive "x" in /p/nginx.conf:3',
    'free(): double free detected in tcache 2',
    'double free or corruption (out)',
    'corrupted size vs. prev_size',
    'munmap_chunk(): invalid pointer',
    '*** stack smashing detected ***: terminated',
    "nginx: ngx_worker.c:12: ngx_handle: Assertion `request' failed.",
    'PANIC: unprotected error in call to Lua API (not enough memory)',
    '==12==ERROR: AddressSanitizer: heap-use-after-free',
  ])('begins without a date where a process says its last words: %s', (line) => {
    expect(texts(`${AT} [notice] 1#1: start\n${line}\n${AT} [notice] 1#1: exit`)).toContain(line)
  })

  test('keeps a line that only looks like last words with its own message', () => {
    const said = `${AT} [error] 7#7: *1 [lua] a.lua:1: memory
free: 12 pages
malloc: none`
    expect(texts(said)).toEqual([said])
  })

  test('may come in pieces', () => {
    const seen: string[] = []
    const splitter = new LogSplitter(({ text }) => seen.push(text))
    for (const char of `${AT} [error] 7#7: a\nb\n${AT} [error] 7#7: c`) splitter.push(char)
    expect(seen).toEqual([])
    expect(splitter.open.map(({ text }) => text)).toEqual([`${AT} [error] 7#7: a\nb`, `${AT} [error] 7#7: c`])
    splitter.end()
    expect(seen).toEqual([`${AT} [error] 7#7: a\nb`, `${AT} [error] 7#7: c`])
  })

  test('is kept to 8 KB, however many lines it has', () => {
    const [entry] = logEntries(`${AT} [error] 7#7: a\n${'more\n'.repeat(10_000)}${'x'.repeat(100_000)}`)
    expect(entry!.text.length).toBe(8192)
  })
})

describe('what an entry is about', () => {
  test.each([
    [
      `[error] 7#7: init_worker_by_lua error: init_worker_by_lua(nginx.conf:5):1: no\nlistening`,
      'init-worker',
      'init_worker_by_lua',
    ],
    [`[error] 7#7: init_worker_by_lua_file error: cannot open x.lua`, 'init-worker', 'init_worker_by_lua'],
    [
      `[error] 7#7: *2 failed to run log_by_lua*: audit.lua:5: x while logging request, ${REQUEST}`,
      'failed',
      'log_by_lua',
    ],
    [`[error] 7#7: *2 failed to run header_filter_by_lua*: a.lua:5: x`, 'failed', 'header_filter_by_lua'],
    [`[error] 7#7: *2 failed to run body_filter_by_lua*: a.lua:5: x`, 'failed', 'body_filter_by_lua'],
    [`[error] 7#7: *2 failed to run balancer_by_lua*: a.lua:5: x`, 'failed', 'balancer_by_lua'],
    [`[error] 7#7: *2 failed to run set_by_lua*: a.lua:5: x`, 'failed', 'set_by_lua'],
    [
      `[error] 7#7: *2 lua entry thread aborted: runtime error: access_by_lua(nginx.conf:13):1: x`,
      'failed',
      'access_by_lua',
    ],
    [
      `[error] 7#7: *2 lua entry thread aborted: runtime error: a.lua:1: x\nstack traceback:\n\ta.lua:1`,
      'failed',
      null,
    ],
    [
      `[error] 7#7: *2 lua entry thread aborted: runtime error: content_by_lua(nginx.conf:15):1: x\nstack traceback:\n\t[C]: in function 'error', context: ngx.timer, client: 127.0.0.1`,
      'failed',
      'ngx.timer',
    ],
    [
      `[error] 7#7: *2 lua user thread aborted: runtime error: content_by_lua(nginx.conf:15):1: x`,
      'failed',
      'content_by_lua',
    ],
    [
      `[error] 7#7: *2 failed to load inlined Lua code: content_by_lua(nginx.conf:21):1: '=' expected`,
      'failed',
      'content_by_lua',
    ],
    [`[error] 7#7: *2 failed to load external Lua file "/p/no.lua": cannot open`, 'failed', null],
    [`[alert] 7#7: 256 lua_max_running_timers are not enough`, 'failed', 'ngx.timer'],
    [`[error] 7#7: *2 [lua] a.lua:5: f(): failed to run log_by_lua*: said by code, ${REQUEST}`, 'said', null],
    [`[error] 7#7: *2 connect() failed (111: Connection refused), ${REQUEST}`, 'nginx', null],
    [`[alert] 1#1: worker process 7 exited on signal 11`, 'crash', null],
    [`[warn] 7#7: 512 worker_connections are not enough, reusing connections`, 'warning', null],
  ])('%s', (line, kind, phase) => {
    expect(topic(`${AT} ${line}`)).toMatchObject({ kind, phase })
  })

  test('is a crash where a VM panics or glibc aborts', () => {
    expect(topic('nginx: lua atpanic: Lua VM crashed, reason: x')).toEqual({ kind: 'crash', phase: null, level: null })
    expect(topic('free(): invalid pointer')).toEqual({ kind: 'crash', phase: null, level: null })
  })

  test('is nothing where it only informs, or Lua code prints', () => {
    expect(topic(`${AT} [notice] 1#1: worker process 7 exited with code 0`)).toBeUndefined()
    expect(topic('nginx: the configuration file /p/nginx.conf syntax is ok')).toBeUndefined()
    expect(topic('hello from print')).toBeUndefined()
  })
})

test('the message of an entry is what follows date, process and connection, without a traceback', () => {
  const entry = `${AT} [error] 7#7: *2 failed to run log_by_lua*: audit.lua:5: no\nsink\nstack traceback:\n\taudit.lua:5`
  expect(messageOfEntry(entry)).toBe('failed to run log_by_lua*: audit.lua:5: no\nsink')
  expect(messageOfEntry('nginx: lua atpanic: Lua VM crashed')).toBe('nginx: lua atpanic: Lua VM crashed')
})
