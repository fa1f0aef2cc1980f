// The walker on arm64, in an emulated machine: node test/walker/suites/arm64.mjs [MACHINE...] [--snapshots 50] [--images]
// Boots Debian's arm64 kernel with its nginx and Lua module, loads that, takes snapshots of the worker and prints a table. Where
// only user programs are emulated there is no ptrace, so it takes a whole machine: qemu-system-arm, debootstrap, cpio, root, and
// heapwalk for arm64 (node nginx/walker/build.mjs --all). --images writes the heaps that images.test.ts reads.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { conf } from './suite-work.mjs'

const BOOT_MS = 300_000
const here = fileURLToPath(new URL('.', import.meta.url))
const walker = join(here, '../../../nginx/walker/build/heapwalk-linux-arm64')

/** A processor that has pages of the kernel's size. An image is made of each LuaJIT, named by its package; the worker has OpenResty's. */
const machines = {
  bookworm: { suite: 'bookworm', kernel: 'linux-image-arm64', cpu: 'cortex-a72', luajits: ['luajit', 'luajit2'] },
  trixie: { suite: 'trixie', kernel: 'linux-image-arm64', cpu: 'cortex-a72', luajits: ['luajit'] },
  'trixie-16k': { suite: 'trixie', kernel: 'linux-image-arm64-16k', cpu: 'max', luajits: [] },
}

const { values, positionals } = parseArgs({
  options: { snapshots: { type: 'string', default: '50' }, images: { type: 'boolean' } },
  allowPositionals: true,
})
const wanted = positionals.length > 0 ? positionals : Object.keys(machines)
for (const name of wanted)
  if (!machines[name]) throw new Error(`no machine ${name}: there are ${Object.keys(machines).join(', ')}`)
for (const tool of ['qemu-system-aarch64', 'debootstrap', 'cpio'])
  if (spawnSync(tool, ['--version']).error)
    throw new Error(`${tool} is missing: apt-get install ${tool.replace('aarch64', 'arm')}`)

const quiet = (command, args, options) =>
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], maxBuffer: 2 ** 30, ...options })

/** Downloads a machine's packages: the names of all, and how to unpack one. */
function download({ suite, kernel, luajits }, folder) {
  const packages = ['nginx', 'libnginx-mod-http-lua', 'busybox-static', kernel, ...luajits]
  const include = `--include=${packages.join(',')}`
  quiet('debootstrap', ['--foreign', '--arch=arm64', '--variant=minbase', include, suite, folder])
  const cache = join(folder, 'var/cache/apt/archives')
  const all = readdirSync(cache).filter((name) => name.endsWith('.deb'))
  return { all, unpack: (deb, into) => quiet('dpkg', ['-x', join(cache, deb), into]) }
}

/** Lays out the machine's files beside its kernel, and packs them. */
function makeMachine(machine, folder) {
  const files = join(folder, 'files')
  mkdirSync(files)
  const { all, unpack } = download(machine, join(folder, 'packages'))
  for (const deb of all) if (!deb.startsWith('linux-image')) unpack(deb, files)
  unpack(
    all.find((name) => /^linux-image-\d/.test(name)),
    join(folder, 'kernel'),
  )
  mkdirSync(join(files, 'luajit'))
  for (const name of machine.luajits) {
    unpack(
      all.find((deb) => deb.startsWith(`${name}_`)),
      join(folder, name),
    )
    cpSync(join(folder, name, 'usr/bin/luajit'), join(files, 'luajit', name))
  }
  mkdirSync(join(files, 'suite'))
  writeFileSync(join(files, 'suite/nginx.conf'), conf)
  writeFileSync(join(files, 'suite/snapshots'), values.snapshots)
  mkdirSync(join(files, 'images'))
  cpSync(join(here, '../images/program.lua'), join(files, 'images/program.lua'))
  writeFileSync(join(files, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\n')
  writeFileSync(join(files, 'etc/group'), 'root:x:0:\n')
  cpSync(walker, join(files, 'heapwalk'))
  cpSync(join(here, 'arm64-init.sh'), join(files, 'init'))
  for (const name of ['heapwalk', 'init']) chmodSync(join(files, name), 0o755)
  for (const part of ['doc', 'man', 'locale']) rmSync(join(files, 'usr/share', part), { recursive: true, force: true })
  quiet('sh', ['-c', 'cd files && find . | cpio -o -H newc | gzip -1 >../files.cpio.gz'], { cwd: folder })
  const boot = join(folder, 'kernel/boot')
  return {
    kernel: join(
      boot,
      readdirSync(boot).find((name) => name.startsWith('vmlinuz')),
    ),
    files: join(folder, 'files.cpio.gz'),
  }
}

/** What the machine prints until it switches itself off, by the word that a line begins with. */
function boot({ kernel, files }, cpu) {
  const { stdout, error } = spawnSync(
    'qemu-system-aarch64',
    [
      ...['-M', 'virt', '-cpu', cpu, '-smp', '2', '-m', '2048', '-nographic', '-no-reboot', '-nic', 'none'],
      ...['-kernel', kernel, '-initrd', files, '-append', 'console=ttyAMA0 quiet panic=-1'],
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 28, timeout: BOOT_MS },
  )
  const lines = stdout.split(/\r?\n/)
  const said = (word) => lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))
  if (error || !lines.includes('DONE'))
    throw new Error(`the machine did not come to its end: ${error ?? ''}\n${lines.slice(-20).join('\n')}`)
  return said
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1]

function row(name, said) {
  const snapshots = said('SNAPSHOT')
  const vms = snapshots.flatMap((line) => [...line.matchAll(/"build":"([^"]+)","gcTotal":(\d+),"accounted":(\d+)/g)])
  const exact = vms.filter(([, , total, accounted]) => total === accounted).length
  const whole = snapshots.filter((line) => /"rss":(\d+) rows:\1$/.test(line)).length
  const pauses = snapshots.map((line) => Number(/"pauseUs":(\d+)/.exec(line)?.[1]))
  const cells = [
    name,
    said('MACHINE').join(),
    [...new Set(vms.map(([, build]) => build))].join(', '),
    `${exact} of ${values.snapshots}`,
    `${whole} of ${values.snapshots}`,
    snapshots.filter((line) => !line.includes('"attempts":1,')).length,
    said('SERVED').join() || 'no answer at the end',
    `${(median(pauses) / 1000).toFixed(1)} ms`,
  ]
  console.log(`| ${cells.join(' | ')} |`)
  const wrong = [...said('FAILED'), ...new Set(said('REFUSED'))]
  for (const text of wrong) console.log(`  refused: ${text}`)
  return (
    [exact, whole].every((count) => count === Number(values.snapshots)) &&
    said('SERVED').length === 1 &&
    wrong.length === 0
  )
}

let isRight = true
console.log(
  '| machine | kernel | row of layout.c | exact | rows sum to RSS | retried | requests | pause, median, emulated |',
)
console.log('|---|---|---|---|---|---|---|---|')
for (const name of wanted) {
  const machine = machines[name]
  const folder = mkdtempSync(join(tmpdir(), 'arm64-'))
  try {
    const said = boot(makeMachine(machine, folder), machine.cpu)
    isRight = row(name, said) && isRight
    for (const line of values.images ? said('IMAGE') : []) {
      const [luajit, image] = line.split(' ')
      writeFileSync(join(here, `../images/${name}-${luajit}-arm64.img.gz`), Buffer.from(image, 'base64'))
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
process.exitCode = isRight ? 0 : 1
