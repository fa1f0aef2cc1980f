// node test/mutations.mjs [NAME...]: switches off one rule of the verdict after the other, in a copy of the project, and runs the
// scenarios that stand for it. Ends with 0 only if each rule is missed by at least one of them.
// node test/mutations.mjs --check: whether each rule is still where the table says; runs nothing.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** A rule, the scenarios that need it, and the text that switches it off: in `file`, each of `edits` exactly once. */
const MUTATIONS = [
  {
    rule: 'proxy-protocol',
    file: 'plugin/conf/listen.ts',
    edits: [["proxyProtocol: parameters.includes('proxy_protocol')", 'proxyProtocol: false']],
    scenarios: ['behind-a-balancer'],
  },
  {
    rule: 'http2',
    file: 'plugin/conf/listen.ts',
    edits: [["http2: parameters.includes('http2') ? 'listen' : ", 'http2: ']],
    scenarios: ['grpc-front'],
  },
  {
    rule: 'bystanders',
    file: 'plugin/heap/owner/owner.ts',
    edits: [
      ['  if (gained) return gained[0]\n', ''],
      ['others.length === 0 ? (only ?? node.source) : null', 'node.source'],
    ],
    scenarios: ['timer-beside-a-reaper'],
  },
  {
    rule: 'classes',
    file: 'plugin/heap/owner/owner.ts',
    edits: [['if (at.class) return at.class', '']],
    scenarios: ['object-on-a-global'],
  },
  {
    rule: 'definitions',
    file: 'plugin/heap/owner/gained-definitions.ts',
    edits: [['[[from, -1] as const, [to, 1] as const]', '[]']],
    scenarios: ['listeners-of-another-file'],
  },
  {
    rule: 'traces',
    file: 'plugin/heap/judged-part.ts',
    edits: [
      ['return NEVER_JUDGED_ROOTS.has(step)', 'return false'],
      ["return step === '.<trace>' ||", 'return parent === null &&'],
      ["  holding.objects.delete('trace')\n", ''],
    ],
    scenarios: ['jit-churn'],
  },
  {
    rule: 'finalizers',
    file: 'plugin/heap/judged-part.ts',
    edits: [['FINALIZER_TABLES.has(printPath(pathOf(node)))', 'false']],
    scenarios: ['cdata-by-address'],
  },
  {
    rule: 'weak-fixpoint',
    file: 'nginx/walker/marker/marker.c',
    edits: [['again && !m.failed && clear_weak(&m)', 'again && !m.failed && clear_weak(&m) && false']],
    scenarios: ['weak-memos'],
  },
  {
    rule: 'confirmation',
    file: 'plugin/verdict/classify.ts',
    edits: [
      [
        "  const first = judge(values, timeline, 'first', STEADY_GAINS)\n",
        "  return { class: 'leak', why: 'not confirmed' }\n",
      ],
    ],
    scenarios: ['lazy-compile', 'lrucache-fills', 'backlog-drains'],
  },
  {
    rule: 'drain',
    file: 'plugin/verdict/classify.ts',
    edits: [['if (gone <= grown / 2) return', 'return']],
    scenarios: ['backlog-drains'],
  },
  {
    rule: 'clock',
    file: 'plugin/verdict/classify.ts',
    edits: [['if (perSecond * loadS < (end - start) / 2) return', 'return']],
    scenarios: ['grows-by-the-clock'],
  },
  {
    rule: 'payload',
    file: 'plugin/heap/growth/diff.ts',
    edits: [["if (holding.payload > 0) metrics.add('payload')", '']],
    scenarios: ['string-appended'],
  },
  {
    rule: 'entries',
    file: 'plugin/heap/growth/diff.ts',
    edits: [["if (holding.entries > 0) metrics.add('entries')", '']],
    scenarios: ['numbers-kept'],
  },
  {
    rule: 'bound',
    file: 'plugin/verdict/classify.ts',
    edits: [['if (!bound) return', 'return']],
    scenarios: ['lrucache-fills', 'lrucache-pureffi', 'lrucache-full-late', 'certificates-cached'],
  },
  {
    rule: 'garbage',
    file: 'plugin/process/malloc-growth.ts',
    edits: [['return garbageFinding(moments.at(-1)!)', 'return classify(inUnits(holder.bytes), timeline)']],
    scenarios: ['collector-stopped'],
  },
  {
    rule: 'lost',
    file: 'plugin/process/malloc-growth.ts',
    edits: [["if (kind === 'lost') return isCandidate(blocks.sum, timeline)", "if (kind === 'lost') return false"]],
    scenarios: ['ffi-malloc'],
  },
  {
    rule: 'held-by-paths',
    file: 'plugin/process/holders.ts',
    edits: [['    ...pathTracks(series, moments.length, follow),\n', '']],
    scenarios: ['keys-by-id'],
  },
  {
    rule: 'garbage-kept-apart',
    file: 'plugin/process/holders.ts',
    edits: [["{ kind: 'garbage', holder: 'garbage'", "{ kind: 'lost', holder: 'lost'"]],
    scenarios: ['collector-stopped'],
  },
  {
    rule: 'soon-lost',
    file: 'plugin/process/holders.ts',
    edits: [['garbageMalloc?.other ?? NONE', 'NONE']],
    scenarios: ['image-before-any-collection'],
  },
  {
    rule: 'held-by-nginx',
    file: 'plugin/process/holders.ts',
    edits: [['    ...nginxTracks(told, follow),\n', '']],
    scenarios: ['timers-far-ahead', 'threads-that-wait'],
  },
  {
    // either of the two is enough for what is in a cache
    rule: 'class-of-holder',
    file: 'plugin/process/malloc-growth.ts',
    edits: [
      ['classify({ ...bytes, ...(bound && { bound }) }, timeline)', 'classify(bytes, timeline)'],
      ["held && own.class !== 'bounded' ? held.finding", 'false ? own'],
    ],
    scenarios: ['certificates-cached'],
  },
  {
    rule: 'collector-stopped',
    file: 'plugin/process/malloc-growth.ts',
    edits: [['bytes === Number.POSITIVE_INFINITY', 'false']],
    scenarios: ['collector-stopped'],
  },
  {
    rule: 'room-of-a-worker',
    file: 'plugin/process/room.ts',
    edits: [['bytesWhenFull > WORKER_BYTES ?', 'bytesWhenFull > Number.POSITIVE_INFINITY ?']],
    scenarios: ['certificates-beyond-memory'],
  },
  {
    rule: 'further-rounds',
    file: 'plugin/verdict/classify.ts',
    edits: [
      ["!['leak', 'slowing', 'clock'].includes(first.class)", "!['slowing'].includes(first.class) && !first.thin"],
    ],
    scenarios: ['backlogs-full-late'],
  },
  {
    rule: 'class-of-container',
    file: 'plugin/heap/growth/container-class.ts',
    edits: [['return container ? { ...track, finding: container } : track', 'return track']],
    scenarios: ['keys-of-two-tables'],
  },
  {
    rule: 'ceiling-of-entries',
    file: 'plugin/heap/growth/container-class.ts',
    edits: [['(ceilingOf(track, counts, entriesAt) ??', '(undefined ??']],
    scenarios: ['keys-of-two-tables'],
  },
  {
    rule: 'timers-due',
    file: 'plugin/measure/recorder.ts',
    edits: [['if (waitMs === 0 || !wouldFail()) break', 'break']],
    scenarios: ['sessions-swept'],
  },
  {
    rule: 'passing-keys',
    file: 'plugin/heap/passing-keys.ts',
    edits: [['changed.size > MOST_CHANGED_KEYS', 'changed.size > 1e9']],
    scenarios: ['module-per-tenant'],
  },
  {
    rule: 'expiry',
    file: 'plugin/process/zone-track.ts',
    edits: [
      [
        'entries: rows.map(({ entries }) => entries.lasting[0]),',
        'entries: rows.map(({ entries }) => entries.lasting[0] + entries.expiring[0]),',
      ],
    ],
    scenarios: ['shdict-filling-fixed'],
  },
  {
    rule: 'thrown-out',
    file: 'plugin/process/zone-track.ts',
    edits: [['if (failed <= 0) return NOTHING', 'return NOTHING']],
    scenarios: ['shdict-full'],
  },
  {
    rule: 'floor',
    file: 'plugin/verdict/candidate.ts',
    edits: [['-(DROP + DROP_PER_FLOOR * Math.abs(moved))', '-DROP']],
    scenarios: ['tickets-forgotten'],
  },
  {
    rule: 'tables-of-a-kind',
    file: 'plugin/heap/collapse.ts',
    edits: [[' || isMany((key) => holdsMore(key, series))', '']],
    scenarios: ['spread-over-tenants'],
  },
  {
    rule: 'pooled-threads',
    file: 'plugin/heap/growth/diff.ts',
    edits: [['Math.min(idle, MOST_POOLED)', '0']],
    scenarios: ['threads-at-their-peak'],
  },
  {
    rule: 'failed-phase',
    file: 'plugin/measure/log-judge.ts',
    edits: [['count === 0 || count < MOST * load.completed', 'true']],
    scenarios: ['audit-throws'],
  },
  {
    rule: 'init-worker',
    file: 'plugin/measure/log-judge.ts',
    edits: [["filter(({ kind }) => kind === 'init-worker')", 'filter(() => false)']],
    scenarios: ['broker-not-started'],
  },
]

const root = fileURLToPath(new URL('..', import.meta.url))
const { values, positionals } = parseArgs({ allowPositionals: true, options: { check: { type: 'boolean' } } })
const chosen = MUTATIONS.filter(({ rule }) => positionals.length === 0 || positionals.includes(rule))
const unknown = positionals.filter((name) => !chosen.some(({ rule }) => rule === name))
if (unknown.length > 0)
  throw new Error(`no rule ${unknown.join(', ')}: ${MUTATIONS.map(({ rule }) => rule).join(', ')}`)
for (const mutation of chosen) mutated(root, mutation)
if (values.check) process.exit()
const folder = mkdtempSync(join(tmpdir(), 'openresty-leak-mutations-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

function copyProject() {
  for (const part of ['plugin', 'nginx', 'scenarios', 'package.json', 'tsconfig.json', 'vitest.config.ts']) {
    rmSync(join(folder, part), { recursive: true, force: true })
    cpSync(join(root, part), join(folder, part), { recursive: true })
  }
}

/** The file of a project without the rule. */
function mutated(project, { rule, file, edits }) {
  return edits.reduce(
    (text, [from, to]) => {
      const times = text.split(from).length - 1
      if (times !== 1)
        throw new Error(`mutation ${rule}: ${JSON.stringify(from)} is ${times} times in ${file}; mend the table`)
      return text.replace(from, to)
    },
    readFileSync(join(project, file), 'utf8'),
  )
}

function run(command, args) {
  return spawnSync(process.execPath, [join(folder, command), ...args], { cwd: folder, encoding: 'utf8' })
}

symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
copyProject()
const sound = run('scenarios/run.mjs', [...new Set(chosen.flatMap(({ scenarios }) => scenarios))])
if (sound.status !== 0)
  throw new Error(`the scenarios must be right before a rule is switched off\n${sound.stdout}${sound.stderr}`)
let survivors = 0
for (const mutation of chosen) {
  copyProject()
  writeFileSync(join(folder, mutation.file), mutated(folder, mutation))
  if (mutation.file.endsWith('.c')) {
    const built = run('nginx/walker/build.mjs', [])
    if (built.status !== 0) throw new Error(`mutation ${mutation.rule} does not compile\n${built.stderr}`)
  }
  const { status, stdout, stderr } = run('scenarios/run.mjs', mutation.scenarios)
  if (!/^\d+ of [1-9]\d* right/m.test(stdout))
    throw new Error(`mutation ${mutation.rule}: no scenario ran\n${stdout}${stderr}`)
  const wrong = /wrong: (.*)/.exec(stdout)?.[1] ?? ''
  if (status === 0) survivors++
  console.log(
    `${mutation.rule.padEnd(16)} ${status === 0 ? `MISSED by ${mutation.scenarios.join(', ')}` : `seen by ${wrong}`}`,
  )
}
console.log(`\n${chosen.length - survivors} of ${chosen.length} rules are held by a scenario`)
process.exitCode = survivors === 0 ? 0 : 1
