import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { TEMP_PREFIX } from '../../../plugin/base/temp-folder.js'
import { containersOf, docker, hasEngine } from '../docker.js'
import { restyLeak, scenario, until } from '../resty-leak.js'
import { aBoxBehindSsh, type Box, noSshd } from './sshd.js'

const RUN = ['run', scenario('module-table/nginx.conf'), '--request', '/t', '--runtime', 'container', '--no-locate']

/** Command lines of the ssh programs that use a box, each with its words. */
async function sshTo({ settings }: Box): Promise<string[][]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.map((line) => line.split('\0')).filter(([program, , file]) => /ssh$/.test(program!) && file === settings)
}

/** The folders in /tmp that these hold their sockets in. */
function foldersOf(commands: readonly (readonly string[])[]): string[] {
  return commands.flatMap((words) => words.flatMap((word) => new RegExp(`^/tmp/${TEMP_PREFIX}[^/]+`).exec(word) ?? []))
}

describe.skipIf(!hasEngine || noSshd)('an engine behind ssh', () => {
  test('runs the container, reached through a tunnel that ends with the command', async () => {
    const box = await aBoxBehindSsh()
    let folders: string[] = []
    const { code, err, report } = await restyLeak([...RUN, '--amount', '500'], {
      env: { ...box.env, DOCKER_HOST: 'ssh://box' },
      meanwhile: () =>
        until(async () => {
          folders = foldersOf(await sshTo(box))
          return folders.length > 0
        }),
    })
    expect(err).toBe('')
    expect(report).toMatchObject({ verdict: 'leak', runtime: { kind: 'container' } })
    expect(code).toBe(1)
    await expect.poll(() => sshTo(box)).toEqual([])
    const gone = folders.map((folder) => folder.replace('/tmp/', ''))
    await expect.poll(async () => (await readdir('/tmp')).filter((name) => gone.includes(name))).toEqual([])
  })

  test('leaves neither tunnel nor container where the command is killed', async () => {
    const box = await aBoxBehindSsh()
    let pid: number | undefined
    await restyLeak(RUN, {
      env: { ...box.env, DOCKER_HOST: 'ssh://box' },
      async meanwhile(child) {
        pid = child.pid
        await until(async () => (await docker('ps', '-q', '--filter', `label=vitest-openresty-leak.pid=${pid}`)) !== '')
        child.kill('SIGKILL')
      },
    })
    await expect.poll(() => sshTo(box)).toEqual([])
    await expect.poll(() => containersOf(pid!), { timeout: 10_000 }).toEqual([])
  })

  test('that does not answer there is told in the words of ssh', async () => {
    const box = await aBoxBehindSsh()
    const { code, err } = await restyLeak(RUN, { env: { ...box.env, DOCKER_HOST: 'ssh://box/nobody/listens.sock' } })
    expect(err).toMatch(/no container engine answers at DOCKER_HOST=ssh:\/\/box\S+ ssh says: channel \d+: open failed/)
    expect(code).toBe(3)
    await expect.poll(() => sshTo(box)).toEqual([])
  })

  test('whose machine ssh does not get into is told so', async () => {
    const box = await aBoxBehindSsh()
    const { code, err } = await restyLeak(RUN, { env: { ...box.env, DOCKER_HOST: 'ssh://no-such-box.invalid' } })
    expect(err).toMatch(/ssh does not get to the engine's machine: ssh: .*no-such-box\.invalid/)
    expect(code).toBe(3)
  })
})
