import { type ChildProcess, spawn } from 'node:child_process'
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { containersOf, describeWithEngine } from '../docker.js'
import { nginxNaming, until } from '../resty-leak.js'
import { aProject, VITEST_ENV, VITEST_MAIN } from '../vitest-project.js'

const config = (runtime: string) => `
import { defineConfig } from 'vitest/config'
import openrestyLeak from 'vitest-openresty-leak'
export default defineConfig({ plugins: [openrestyLeak({ runtime: '${runtime}' })] })
`

/** A test whose measurement takes as long as its requests do. */
const measuring = (amount: number) => `
import { expect, test } from 'vitest-openresty-leak/test'
test('GET /t keeps nothing', { timeout: 120_000 }, async ({ openresty }) => {
  const server = await openresty.start({ conf: 'fixed/nginx.conf' })
  console.log('pid of the test', process.pid)
  expect(await server.measure({ request: '/t', amount: ${amount} })).toHoldHeap()
})
`
const ENDLESS = measuring(100_000_000)

/** A Vitest of its own, with a folder for its temporary files. */
class VitestProcess {
  readonly child: ChildProcess
  readonly temp: string
  readonly ended: Promise<number | null>
  text = ''

  constructor(folder: string, ...args: string[]) {
    this.temp = join(folder, 'tmp')
    this.child = spawn(process.execPath, [VITEST_MAIN, ...args], {
      cwd: folder,
      env: { ...process.env, ...VITEST_ENV, TMPDIR: this.temp },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (data: Buffer) => {
        this.text += data
      })
    }
    this.ended = new Promise((resolve) => this.child.once('close', resolve))
    // one that watches would do so for ever after a test that failed
    onTestFinished(() => void this.child.kill('SIGKILL'))
  }

  /** Waits until it has printed this. A Vitest that ends before has failed, and its words are the reason. */
  async prints(text: string | RegExp): Promise<void> {
    await until(async () => this.text.search(text) >= 0 || this.child.exitCode !== null)
    expect(this.text).toMatch(text)
  }
}

async function started(files: Readonly<Record<string, string>>, ...args: string[]) {
  const folder = await aProject(files)
  await mkdir(join(folder, 'tmp'))
  return { folder, vitest: new VitestProcess(folder, ...args) }
}

/** What heapwalk and the janitors of temporary folders need to notice is a moment, not none. */
async function expectNothingLeft(folder: string, { temp }: VitestProcess): Promise<void> {
  await expect.poll(() => nginxNaming(folder), { timeout: 10_000 }).toEqual([])
  // Vitest's own files are not ours to remove
  const ours = async () => (await readdir(temp)).filter((name) => name.startsWith('vitest-openresty-leak'))
  await expect.poll(ours, { timeout: 10_000 }).toEqual([])
}

describe('nothing is left of a Vitest', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'that %s ends in the middle of a measurement',
    async (signal) => {
      const { folder, vitest } = await started({ 'vitest.config.ts': config('local'), 'a.test.ts': ENDLESS }, 'run')
      await vitest.prints('pid of the test')
      expect(await nginxNaming(folder)).not.toEqual([])
      vitest.child.kill(signal)
      await vitest.ended
      await expectNothingLeft(folder, vitest)
    },
  )

  test('that watches, once its tests have run again and it is ended', async () => {
    const { folder, vitest } = await started(
      { 'vitest.config.ts': config('local'), 'a.test.ts': measuring(2000) },
      '--watch',
    )
    await vitest.prints('Waiting for file changes')
    expect(await nginxNaming(folder)).toEqual([])
    vitest.text = ''
    await writeFile(join(folder, 'a.test.ts'), ENDLESS)
    await vitest.prints('pid of the test')
    expect(await nginxNaming(folder)).not.toEqual([])
    vitest.child.kill('SIGTERM')
    await vitest.ended
    await expectNothingLeft(folder, vitest)
  })

  test('that watches, once its tests have run again for a change of Lua', async () => {
    const { folder, vitest } = await started(
      { 'vitest.config.ts': config('local'), 'a.test.ts': measuring(2000) },
      '--watch',
    )
    await vitest.prints('Waiting for file changes')
    vitest.text = ''
    await cp(join(folder, 'leaking/lua/demo.lua'), join(folder, 'fixed/lua/demo.lua'))
    await vitest.prints(/heap grew on 1 path[\s\S]*Watching for file changes/)
    expect(await nginxNaming(folder)).toEqual([])
    vitest.child.kill('SIGTERM')
    await vitest.ended
    await expectNothingLeft(folder, vitest)
  })

  test('that watches, and whose test is changed in the middle of its measurement', async () => {
    const { folder, vitest } = await started(
      { 'vitest.config.ts': config('local'), 'a.test.ts': measuring(60_000) },
      '--watch',
    )
    await vitest.prints('pid of the test')
    await writeFile(join(folder, 'a.test.ts'), measuring(2000))
    await vitest.prints(/(?:Waiting for file changes[\s\S]*){2}/)
    expect(await nginxNaming(folder)).toEqual([])
    vitest.child.kill('SIGTERM')
    await vitest.ended
    await expectNothingLeft(folder, vitest)
  })
})

describeWithEngine('no container is left of a Vitest', () => {
  /** Once a measurement has said whose it is. */
  async function pidOfTest(vitest: VitestProcess): Promise<number> {
    await vitest.prints(/pid of the test \d+/)
    return Number(/pid of the test (\d+)/.exec(vitest.text)?.[1])
  }

  const expectNoContainerOf = (pid: number) => expect.poll(() => containersOf(pid), { timeout: 20_000 }).toEqual([])

  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'that %s ends in the middle of a measurement',
    async (signal) => {
      const { vitest } = await started({ 'vitest.config.ts': config('container'), 'a.test.ts': ENDLESS }, 'run')
      const pid = await pidOfTest(vitest)
      expect(await containersOf(pid)).toHaveLength(1)
      vitest.child.kill(signal)
      await vitest.ended
      await expectNoContainerOf(pid)
    },
  )

  test('whose tests fail, throw and run out of time', async () => {
    const { vitest } = await started(
      {
        'vitest.config.ts': config('container'),
        'a.test.ts': `
import { expect, test } from 'vitest-openresty-leak/test'
test.for(['fails', 'throws', 'takes too long'])('%s', { timeout: 15_000 }, async (how, { openresty }) => {
  const server = await openresty.start({ conf: 'fixed/nginx.conf' })
  console.log('pid of the test', process.pid, 'answer', (await server.fetch('/t')).status)
  if (how === 'fails') expect(1).toBe(2)
  if (how === 'throws') throw new Error('boom')
  await new Promise(() => {})
})
`,
      },
      'run',
    )
    const pid = await pidOfTest(vitest)
    await vitest.ended
    expect(vitest.text).toMatch(/Tests {2}3 failed/)
    expect(vitest.text.match(/pid of the test \d+ answer 200/g)).toHaveLength(3)
    await expectNoContainerOf(pid)
  })

  test('that watches, once its tests have run again', async () => {
    const { folder, vitest } = await started(
      { 'vitest.config.ts': config('container'), 'a.test.ts': measuring(2000) },
      '--watch',
    )
    const first = await pidOfTest(vitest)
    await vitest.prints('Waiting for file changes')
    expect(await containersOf(first)).toEqual([])
    vitest.text = ''
    await writeFile(join(folder, 'a.test.ts'), ENDLESS)
    const second = await pidOfTest(vitest)
    expect(await containersOf(second)).toHaveLength(1)
    vitest.child.kill('SIGTERM')
    await vitest.ended
    await expectNoContainerOf(second)
  })

  test('that watches, and whose test is changed in the middle of its measurement', async () => {
    const { folder, vitest } = await started(
      { 'vitest.config.ts': config('container'), 'a.test.ts': measuring(60_000) },
      '--watch',
    )
    const first = await pidOfTest(vitest)
    expect(await containersOf(first)).toHaveLength(1)
    vitest.text = ''
    await writeFile(join(folder, 'a.test.ts'), ENDLESS)
    const second = await pidOfTest(vitest)
    // It may be of the same process.
    const expected = first === second ? 1 : 0
    await expect.poll(async () => (await containersOf(first)).length, { timeout: 20_000 }).toBe(expected)
    expect(await containersOf(second)).toHaveLength(1)
    vitest.child.kill('SIGTERM')
    await vitest.ended
    await expectNoContainerOf(second)
  })
})
