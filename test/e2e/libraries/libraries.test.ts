import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { measure } from '../../../plugin/measure/measure.js'
import { makePlan } from '../../../plugin/measure/plan.js'
import { bootRuntime } from '../../../plugin/runtime/boot.js'
import type { LeakReport } from '../../../plugin/types/report.js'

const CONF = fileURLToPath(new URL('nginx.conf', import.meta.url))

/** What is installed, by the linker's own list. REQUIRE_LIBRARIES=1 lets tests without theirs fail instead of skipping them. */
const INSTALLED = spawnSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' }).stdout

/** `describe` for tests that load a library; the title says which one is missing where they are skipped. */
function describeWith(library: string) {
  const isThere = INSTALLED.includes(`${library} `)
  if (!isThere && process.env.REQUIRE_LIBRARIES === '1')
    throw new Error(`REQUIRE_LIBRARIES=1, and ${library} is not installed`)
  return (title: string, tests: () => void) =>
    describe.skipIf(!isThere)(isThere ? title : `${title}: skipped, ${library} is not installed`, tests)
}

/** Few requests, so that callbacks do not run out, of which LuaJIT has some 900. */
async function run(path: string, amount = 300): Promise<LeakReport> {
  await using runtime = await bootRuntime({ conf: CONF, runtime: 'local' })
  const plan = makePlan({ request: path, amount, warmup: 50, further: [], idleMs: 50, drainMs: 50, locate: false })
  return await measure(runtime, plan)
}

/** What is lost with each request: blocks and bytes of glibc's memory, in chunks of 16 bytes with 8 for their size. */
const LOST = { class: 'leak', category: 'malloc', holder: 'lost', finalizer: null }

/** Words that are left over in memory which was freed and handed out again hide a lost block now and then. */
function expectNear(bytesPerRequest: number, expected: number): void {
  expect(Math.abs(bytesPerRequest / expected - 1)).toBeLessThan(0.03)
}

describeWith('libcrypto.so.3')('of OpenSSL', () => {
  test('a certificate that is copied and dropped is lost, all of it', async () => {
    const { verdict, growths, process } = await run('/openssl/lose_certificate', 1500)
    expect({ verdict, growths }).toEqual({ verdict: 'leak', growths: [] })
    expect(process.growths).toMatchObject([{ ...LOST, ctype: 'struct x509_st *' }])
    // the structure itself has 400 bytes
    expect(process.growths[0]!.bytesPerRequest).toBeGreaterThan(1000)
  })

  test('a key that is read from text and dropped is lost', async () => {
    const { verdict, process } = await run('/openssl/lose_key', 1500)
    expect(verdict).toBe('leak')
    expect(process.growths).toMatchObject([{ ...LOST, ctype: 'struct evp_pkey_st *' }])
  })

  test('64 bytes of a time are lost with each request, beside certificates with finalizers', async () => {
    const { verdict, growths, process } = await run('/openssl/lose_time', 1500)
    expect({ verdict, growths }).toEqual({ verdict: 'leak', growths: [] })
    expect(process.growths).toMatchObject([
      { ...LOST, ctype: 'struct asn1_string_st *', objectsPerRequest: expect.closeTo(2, 1) },
    ])
    expectNear(process.growths[0]!.bytesPerRequest, 64)
  })

  test('the text of a number is lost', async () => {
    const { verdict, process } = await run('/openssl/lose_text', 1500)
    expect(verdict).toBe('leak')
    expect(process.growths).toMatchObject([{ class: 'leak', holder: 'lost', objectsPerRequest: expect.closeTo(1, 1) }])
    expectNear(process.growths[0]!.bytesPerRequest, 80)
  })

  test('parsed certificates in a cache that has room for as many as a worker can hold are bounded', async () => {
    const { verdict, process } = await run('/certificates/from_fits?name=shop-{n}.example', 1500)
    expect({ verdict, growths: process.growths }).toEqual({ verdict: 'ok', growths: [] })
    expect(process.moved).toContainEqual(
      expect.objectContaining({
        class: 'bounded',
        category: 'malloc',
        holder: 'registry._LOADED.certificates.from_fits.^fits.hasht{*}.x509',
      }),
    )
  })

  test('parsed certificates in a cache whose bound no worker has the memory for are a leak that hangs on it', async () => {
    const { verdict, growths, process } = await run('/certificates/from_vast?name=shop-{n}.example', 1500)
    expect({ verdict, growths }).toEqual({ verdict: 'leak', growths: [] })
    expect(process.growths).toMatchObject([
      {
        class: 'leak',
        category: 'malloc',
        holder: 'registry._LOADED.certificates.from_vast.^vast.hasht{*}.x509',
        ctype: 'struct x509_st *',
        finalizer: 'C function X509_free',
        source: 'certificates.lua:19',
      },
    ])
  })

  test('the function of a callback that nobody frees is kept by the FFI', async () => {
    const { verdict, growths, process } = await run('/callback/forget')
    expect({ verdict, growths: process.growths }).toEqual({ verdict: 'leak', growths: [] })
    expect(growths).toMatchObject([
      {
        class: 'leak',
        path: 'registry._LOADED.ffi.metatype.<env>[*]',
        types: { function: { objectsPerRequest: 1, definedAt: [{ source: 'callback.lua:14' }] } },
      },
    ])
  })
})

describeWith('libjq.so.1')('of jq', () => {
  test('a state that is kept with each request hangs on the list that has it', async () => {
    const { verdict, growths, process } = await run('/jq/keep', 1500)
    expect(verdict).toBe('leak')
    expect(growths).toMatchObject([
      { class: 'leak', path: 'registry._LOADED.jq.keep.^states[*]', types: { cdata: { objectsPerRequest: 1 } } },
    ])
    expect(process.growths).toMatchObject([
      {
        class: 'leak',
        category: 'malloc',
        holder: 'registry._LOADED.jq.keep.^states[*]',
        ctype: 'struct jq_state *',
        finalizer: null,
      },
    ])
  })
})

describeWith('libpcre2-8.so.0')('of PCRE2', () => {
  test('a compiled pattern that is dropped is lost', async () => {
    const { verdict, growths, process } = await run('/pcre2/lose', 1500)
    expect({ verdict, growths }).toEqual({ verdict: 'leak', growths: [] })
    expect(process.growths).toMatchObject([
      { ...LOST, ctype: 'struct pcre2_real_code_8 *', objectsPerRequest: expect.closeTo(1, 1) },
    ])
  })
})

describeWith('libleveldb.so.1d')('of a library in C++', () => {
  test('an object that is dropped is lost, with what it owns, and told by the library of its vtable', async () => {
    const { verdict, growths, process } = await run('/leveldb/lose', 1500)
    expect({ verdict, growths }).toEqual({ verdict: 'leak', growths: [] })
    // a wrapper of 7 words, and the filter that it owns, of 3
    expect(process.growths).toMatchObject([
      { ...LOST, ctype: 'struct leveldb_filterpolicy_t *', objectsPerRequest: expect.closeTo(2, 1) },
    ])
    expectNear(process.growths[0]!.bytesPerRequest, 96)
    const { sizes, libraries } = process.growths[0]!.lost!
    expect(sizes.slice(0, 2).map(([bytes]) => bytes)).toEqual([64, 32])
    expect(libraries![0]![0]).toMatch(/^libleveldb\.so\.1/)
  })
})
