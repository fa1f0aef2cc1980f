import { describe, expect, test } from 'vitest'
import { annotations } from '../../../../plugin/report/export/annotations.js'
import { findings } from '../../../../plugin/report/export/findings.js'
import { reportHtml } from '../../../../plugin/report/html/html.js'
import { reportMarkdown, runMarkdown } from '../../../../plugin/report/markdown/markdown.js'
import { runTable } from '../../../../plugin/report/terminal/table.js'
import { reportText } from '../../../../plugin/report/terminal/text.js'
import { processConclusion } from '../../../../plugin/report/words/process-conclusion.js'
import type { LeakReport, ProcessGrowth } from '../../../../plugin/types/report.js'
import { aGrowth, aLeak, aProcessGrowth, aReport } from '../build.js'

/** A run in which only memory off the Lua heap grew. */
function leaking(growths: readonly ProcessGrowth[], overrides: Partial<LeakReport> = {}): LeakReport {
  return aLeak([], { process: { ...aReport().process, growths }, ...overrides })
}

const cached = aProcessGrowth({
  holder: 'registry._LOADED.certs.get.^all{*}',
  vm: 'http',
  ctype: 'X509 *',
  finalizer: 'C function X509_free',
  source: 'certs.lua:5',
  file: 'lua/certs.lua',
  line: 5,
  workers: [{ pid: 7646, share: 1 }],
})

/** The lines between the title of what is off the heap and the next part. */
function offHeapLines(report: LeakReport): string[] {
  const lines = reportText(report).split('\n')
  const first = lines.indexOf('  Off the Lua heap:')
  return lines.slice(first + 1, lines.indexOf('  Snapshots exact: 100 % of gc.total accounted for (9 of 9)'))
}

describe('in a terminal', () => {
  test('memory that nothing points at has its blocks, bytes, rates, C type and rounds', () => {
    const report = leaking([aProcessGrowth()])
    expect(reportText(report).split('\n')[0]).toBe(
      'memory off the Lua heap grew: malloc by 912 B/request (lost, struct parcel *), 51,651 requests',
    )
    expect(offHeapLines(report)).toEqual([
      '    malloc, lost',
      '      blocks  +20,157   +18.4 MB   1.00/request (912 B/request)   struct parcel *, no finalizer',
      '      By round: level, 912 B/request in each',
    ])
  })

  test('what hangs on a Lua path names it as people say it, with source and finalizer', () => {
    expect(offHeapLines(leaking([cached])).slice(0, 2)).toEqual([
      '    malloc held by package.loaded.certs.get, upvalue all        certs.lua:5',
      '      blocks  +20,157   +18.4 MB   1.00/request (912 B/request)   X509 *, freed by C function X509_free',
    ])
  })

  test.each(['connection', 'reload'] as const)('growth by %s is told by it, also in the headline', (per) => {
    const report = leaking([aProcessGrowth({ per, ctype: undefined })], { per })
    expect(reportText(report)).toContain(`malloc by 912 B/${per} (lost), `)
    expect(offHeapLines(report)).toEqual([
      '    malloc, lost',
      `      blocks  +20,157   +18.4 MB   1.00/${per} (912 B/${per})`,
    ])
    expect(reportText(report)).not.toContain('/request')
  })

  test('growth with time is told by the second, not by request', () => {
    const report = leaking([
      aProcessGrowth({ class: 'clock', holder: 'nginx: timers', ctype: undefined, perSecond: 2000 }),
    ])
    expect(reportText(report)).toContain('malloc by 2,000 B/s (held by nginx: timers)')
    expect(offHeapLines(report)).toEqual([
      '    malloc held by nginx: timers',
      '      blocks  +20,157   +18.4 MB   2.19/s (2,000 B/s)',
      '      Grows with time, not with requests.',
    ])
  })

  test('the workers that have it and what accepts it are named', () => {
    const workers = [
      { pid: 7646, share: 0.5, requests: 25_000, perRequest: 912 },
      { pid: 7647, share: 0.5, requests: 25_000, perRequest: 912 },
    ]
    expect(offHeapLines(leaking([aProcessGrowth({ workers, coveredBy: 'known' })])).at(-1)).toBe(
      '      A known leak. Worker 7646 has 50 %, 7647 has 50 % of it.',
    )
  })

  test('beside growth on the heap the headline tells both, and keys cannot write to the terminal', () => {
    const report = aLeak([aGrowth()], {
      process: { ...aReport().process, growths: [{ ...cached, holder: 'globals["a\\u001b[31m"][*]' }] },
    })
    expect(reportText(report).split('\n')[0]).toContain(
      '51,651 requests; off the Lua heap malloc by 912 B/request (held by',
    )
    expect(reportText(report)).not.toContain('\u001b')
  })
})

describe('growth on the heap', () => {
  test('by the clock has no rate by request anywhere', () => {
    const text = reportText(aLeak([aGrowth({ class: 'clock', perSecond: 20 })]))
    expect(text).toContain('heap grew on 1 path: 20.00 objects/s (842 B/s), in 7 of 7 rounds')
    expect(text).toContain('strings  [*]   +20,157   +848.6 KB   20.00/s')
    expect(text).not.toContain('/request')
  })

  test('of contents alone is a row of contents, in every form', () => {
    const contents = { objects: 0, bytes: 1_200_000, objectsPerRequest: 0, bytesPerRequest: 58 }
    const growth = aGrowth({
      path: 'registry._LOADED.log.add.^lines',
      objectsPerRequest: 0,
      entriesPerRequest: 0,
      bytesPerRequest: 58,
      slots: { used: 0, allocated: 0, bytes: 0 },
      capacity: undefined,
      types: { userdata: contents },
    })
    expect(reportText(aLeak([growth]))).toContain('    contents  +1.2 MB   58 B/request   of userdata\n')
    expect(reportMarkdown(aLeak([growth]))).toContain('| contents of userdata |  | +1.2 MB | 58 B |')
    expect(reportHtml(aLeak([growth]))).toMatch(
      /<td>contents of userdata<\/td><td class="n"><\/td><td class="n">\+1\.2 MB<\/td><td class="n">58 B<\/td>/,
    )
  })
})

describe('on the page, in Markdown, annotations and the table', () => {
  test('the page has a row with holder, C type and rate, and the words', () => {
    const html = reportHtml(leaking([cached]))
    expect(html).toContain('<code class="grown">malloc held by package.loaded.certs.get, upvalue all</code>')
    expect(html).toContain('certs.lua:5, registry._LOADED.certs.get.^all{*}')
    expect(html).toMatch(/blocks <code>X509 \*, freed by C function X509_free<\/code><\/td><td class="n">\+20,157</)
    expect(html).toContain('1.00/request (912 B/request)')
    expect(html).toContain('What keeps the objects keeps the memory')
    expect(html).toContain('a worker of 512 MB is full in 1.6 hours.')
  })

  test('Markdown has a row, the words, and the time to full', () => {
    const text = reportMarkdown(leaking([aProcessGrowth()], { reasons: ['process.malloc.lost grew'] }))
    expect(text).toContain(
      '| <code>malloc, lost</code> |  | <code>struct parcel &#42;, no finalizer</code> | +20,157 blocks | +18.4 MB | 1.00/request (912 B/request) | level |',
    )
    expect(text).toContain('912 B with each request are lost: nothing points at them any more.')
    expect(text).toContain('It takes 912 B per request: at 100 requests/s a worker of 512 MB is full in 1.6 hours.')
    expect(text).not.toContain('Notes')
  })

  test('the table of all tests names what grows fastest by bytes', () => {
    const both = aLeak([aGrowth()], { process: { ...aReport().process, growths: [cached] } })
    const tests = [{ name: 'certs', state: 'failed', reports: [both] }]
    const named = 'malloc held by package.loaded.certs.get, upvalue all'
    expect(runTable(tests)).toContain(`certs  ${named}, 1.00/request (912 B/request)`)
    expect(runMarkdown(tests)).toContain(`<code>${named}</code>, 1.00/request (912 B/request) |`)
  })

  test('a comment is made where only memory off the heap grew', () => {
    const accepted = leaking([aProcessGrowth({ coveredBy: 'known' })], { passed: true })
    expect(runMarkdown([{ name: 'parcel', state: 'passed', reports: [accepted] }], 'findings')).toContain(
      'malloc, lost',
    )
  })

  test('an annotation says who holds it', () => {
    expect(annotations(findings([{ file: 'a.test.ts', title: 'certs', report: leaking([cached]) }]))[0]).toContain(
      '%0Amalloc held by package.loaded.certs.get, upvalue all, 1.00/request (912 B/request) (certs.lua:5; X509 *, freed by C function X509_free)',
    )
  })
})

test('a plan of several requests says which of them brings it', () => {
  const byRequest = [
    { request: 'GET /a', perRequest: 1824 },
    { request: 'GET /b', perRequest: 0 },
  ]
  expect(offHeapLines(leaking([aProcessGrowth({ byRequest })]))).toContain(
    '      By request: GET /a 1,824 B/request, GET /b 0',
  )
})

describe('in plain words', () => {
  const words = (overrides: Partial<ProcessGrowth>) => processConclusion(aProcessGrowth(overrides)).join(' ')

  test('lost memory names the C type that pointed at it last, and what frees it', () => {
    expect(words({})).toBe(
      '912 B with each request are lost: nothing points at them any more. The objects that pointed at them last are struct parcel *, and have no finalizer: wrap each in ffi.gc(..., free), with the function of its library that frees it, or free it where it is used.',
    )
  })

  test('lost memory tells the sizes of its blocks, and the library that they begin with an address of', () => {
    const sizes = [[80, 20_157] as const, [32, 100] as const]
    expect(words({ lost: { sizes } })).toContain('any more. Most are blocks of 80 and 32 B. The objects')
    expect(words({ lost: { sizes, libraries: [['libcrypto.so.3', 9, 720]] } })).toContain(
      'Most are blocks of 80 and 32 B; those that begin with an address in a library, as its objects do, are of libcrypto.so.3. ',
    )
  })

  test('a cache that counts its items says what they would hold', () => {
    const bound = { items: 56_654, max: 300_000, bytesWhenFull: 902_400_000 }
    expect(words({ ...cached, bound })).toContain(
      'The cache bounds the number of its items, not their memory: it has 56,654 of 300,000 items, which together would hold 902.4 MB in each worker, which is taken to have 512 MB. Give it fewer items, or, where your workers have more, accept it with a budget for malloc on this path.',
    )
  })

  test('lost memory of which no object was seen looks for thrown pointers, by reload for init_by_lua', () => {
    expect(words({ ctype: undefined })).toContain(
      'look for a pointer that a C function returned and that is thrown away',
    )
    expect(words({ ctype: undefined, per: 'reload' })).toMatch(/^912 B with each reload are lost.*init_by_lua/)
  })

  test('what a Lua path holds names it, its type and what frees it', () => {
    expect(processConclusion(cached).join(' ')).toBe(
      '912 B with each request hang on package.loaded.certs.get, upvalue all (certs.lua:5): X509 *, freed by C function X509_free. What keeps the objects keeps the memory: let go of them there.',
    )
    expect(processConclusion({ ...cached, finalizer: null }).at(-1)).toContain('wrap them in ffi.gc(..., free), too')
  })

  test.each([
    ['nginx: connections', 'requests that hang or run for good'],
    ['nginx: timers', 'one timer for all requests'],
    ['nginx: cycle', 'lives until the next reload'],
    ['nginx: libcrypto.so.3', 'Data of libcrypto.so.3 leads to them'],
  ])('%s is told with what it means', (holder, meaning) => {
    expect(words({ holder, ctype: undefined })).toContain(`912 B with each request are held by ${holder}. `)
    expect(words({ holder, ctype: undefined })).toContain(meaning)
  })

  test('growth with time says so, by the second', () => {
    expect(words({ class: 'clock', perSecond: 2000, holder: 'nginx: timers', ctype: undefined })).toMatch(
      /^2,000 B each second are held by nginx: timers\. It grows with time, not with requests: look at timers\. /,
    )
  })

  test('a dictionary whose entries never expire is to get an expiry', () => {
    const dict = {
      category: 'shm',
      zone: 'seen',
      holder: undefined,
      ctype: undefined,
      blocks: undefined,
      objectsPerRequest: undefined,
      entries: 20_157,
      entriesPerRequest: 1,
      bytesPerRequest: 128,
    } as const
    expect(words(dict)).toBe(
      'Entries that never expire pile up in the shared dictionary seen: 1.00 entry and 128 B with each request. Give them an expiry (the third argument of set), or bound the number of keys (no ids, addresses or raw URLs in a key): a full dictionary throws out what is still needed.',
    )
  })

  test('where nobody can tell who holds it, that is said', () => {
    expect(words({ holder: undefined, ctype: undefined })).toContain(
      'and who holds it is not known. Look for memory from C',
    )
  })
})
