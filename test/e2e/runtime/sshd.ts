import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { run } from '../../../plugin/base/spawn.js'
import { aFolder } from '../resty-leak.js'

const SSHD = '/usr/sbin/sshd'
/** Where sshd goes once it has the connection, as root. */
const EMPTY_FOLDER = '/run/sshd'

/** Why tests of ssh are skipped here; undefined where they run. REQUIRE_DOCKER=1, which wants what containers take, lets them fail instead. */
export const noSshd: string | undefined =
  existsSync(SSHD) || process.env.REQUIRE_DOCKER === '1' ? undefined : `no ${SSHD}`

/** What a program takes to find the machine `box` behind ssh. */
export interface Box {
  /** Its PATH begins with an ssh that knows `box`, and nothing of its user's own settings. */
  readonly env: Readonly<Record<'PATH', string>>
  /** Settings of that ssh, by which its processes can be found. */
  readonly settings: string
}

/** This machine behind ssh, for one test. Each connection has an sshd of its own, which ends with it. */
export async function aBoxBehindSsh(): Promise<Box> {
  const folder = await aFolder()
  const at = (name: string) => join(folder, name)
  for (const key of ['host', 'user']) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(key)])
  if (process.getuid?.() === 0) await mkdir(EMPTY_FOLDER, { recursive: true })
  const port = await listen(['-i', '-f', at('sshd_config')])
  const files: Readonly<Record<string, string>> = {
    sshd_config: `HostKey ${at('host')}\nAuthorizedKeysFile ${at('user.pub')}\nStrictModes no\nUsePAM no\n`,
    known_hosts: `box ${await readFile(at('host.pub'), 'utf8')}`,
    ssh_config: `Host box
  HostName 127.0.0.1
  Port ${port}
  HostKeyAlias box
  IdentityFile ${at('user')}
  IdentitiesOnly yes
  UserKnownHostsFile ${at('known_hosts')}
`,
  }
  for (const [name, text] of Object.entries(files)) await writeFile(at(name), text)
  await mkdir(at('bin'))
  const { PATH = '/usr/bin:/bin' } = process.env
  const ssh = `#!/bin/sh\nPATH=${PATH}\nexec ssh -F ${at('ssh_config')} "$@"\n`
  await writeFile(at('bin/ssh'), ssh, { mode: 0o755 })
  return { env: { PATH: `${at('bin')}${delimiter}${PATH}` }, settings: at('ssh_config') }
}

async function listen(args: readonly string[]): Promise<number> {
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    spawn(SSHD, args, { stdio: [socket, socket, 'ignore'] })
    socket.destroy()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}
