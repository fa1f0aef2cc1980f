import { fileURLToPath } from 'node:url'
import { type Callable, Declarations, type Member } from './declared.js'

/** A part of the page: a type whose members are listed, or functions. */
interface Part {
  readonly title: string
  /** From plugin/. */
  readonly file: string
  readonly name: string
  /** `options`: its members are given; `fields`: they are read; `methods`: they are called; `function`. */
  readonly as: 'options' | 'fields' | 'methods' | 'function'
  /** What stands before the list, in place of its docstring. */
  readonly words?: string
  /** Of `options`: those that no user is to give. */
  readonly without?: readonly string[]
}

const PARTS: readonly Part[] = [
  {
    title: 'openrestyLeak(options)',
    file: 'vitest/options.ts',
    name: 'OpenrestyLeakOptions',
    as: 'options',
    words:
      "The plugin, default export of `vitest-openresty-leak`. Its options are defaults for every leak test of a project; a test's own win. All of it must survive JSON.",
  },
  { title: 'defineLeakProject(options)', file: 'index.ts', name: 'defineLeakProject', as: 'function' },
  {
    title: 'openresty, in a test',
    file: 'vitest/fixture.ts',
    name: 'OpenrestyFixture',
    as: 'methods',
    words:
      "The fixture of `test` from `vitest-openresty-leak/test`: `test('...', async ({ openresty }) => { ... })`. What it starts is stopped when the test ends, however it ends.",
  },
  {
    title: 'openresty.start(options)',
    file: 'vitest/fixture.ts',
    name: 'StartOptions',
    as: 'options',
    without: ['prelude', 'preludeFrom'],
  },
  {
    title: 'openresty.watch(options)',
    file: 'watch/watch-plan.ts',
    name: 'WatchInput',
    as: 'options',
    words: 'Beside `pid`, `container` or `server`, which say whom to watch; see [live.md](live.md#watch).',
  },
  { title: 'The server', file: 'vitest/server.ts', name: 'OpenrestyServer', as: 'methods' },
  { title: 'server.measure(options)', file: 'measure/plan-options.ts', name: 'PlanInput', as: 'options' },
  {
    title: 'A request',
    file: 'types/request.ts',
    name: 'RequestSpec',
    as: 'options',
    words:
      "Where an option takes a request, it takes `'/t'`, `'POST /t'` or an object. `path` is `/path?query`, sent to the conf's first http server that serves it, or a URL whose port is the conf's port: `http://api.test:8080/path`, or `http://unix:/run/app.sock:/path` for a unix socket of the conf. [load.md](load.md#templates) has the templates.",
  },
  {
    title: 'A call of a work',
    file: 'types/driver.ts',
    name: 'WorkCall',
    as: 'fields',
    words:
      'What `work` of a measurement is given, once for each unit; see [load.md](load.md#load-by-a-client-of-your-own).',
  },
  {
    title: 'A known leak',
    file: 'types/budget.ts',
    name: 'KnownLeak',
    as: 'options',
    words: 'See [budgets.md](budgets.md#known-leaks); budgets are [there](budgets.md#budgets), too.',
  },
  { title: 'server.load(options)', file: 'load/plan/input.ts', name: 'LoadInput', as: 'options' },
  { title: 'toHoldHeap', file: 'vitest/matchers.ts', name: 'toHoldHeap', as: 'function' },
  { title: 'toStayWithinBudget', file: 'vitest/matchers.ts', name: 'toStayWithinBudget', as: 'function' },
  { title: 'toMeetThresholds', file: 'vitest/matchers.ts', name: 'toMeetThresholds', as: 'function' },
  { title: 'leakTimeout', file: 'vitest/test.ts', name: 'leakTimeout', as: 'function' },
  { title: 'benchRequests', file: 'vitest/bench-requests.ts', name: 'benchRequests', as: 'function' },
  { title: 'benchRequests(server, options)', file: 'vitest/bench-requests.ts', name: 'BenchInput', as: 'options' },
  { title: 'benchServer', file: 'vitest/bench/bench-server.ts', name: 'benchServer', as: 'function' },
  {
    title: 'The server of a bench file',
    file: 'vitest/bench/bench-server.ts',
    name: 'BenchServer',
    as: 'methods',
    without: ['start', 'stop'],
  },
  { title: 'wrkSummary', file: 'load/wrk-summary.ts', name: 'wrkSummary', as: 'function' },
  {
    title: 'The report',
    file: 'types/report.ts',
    name: 'LeakReport',
    as: 'fields',
    words: 'What `measure` returns, and what `--json` writes; [report.schema.json](report.schema.json) has all of it.',
  },
  {
    title: 'A growth',
    file: 'types/growth.ts',
    name: 'Growth',
    as: 'fields',
    words: 'One of `growths` or `moved` of the report.',
  },
]

/** Files beside types/ with what a part extends. */
const EXTENDED = ['measure/driver-plan.ts']

const HEAD = `<!-- Made from the types by docs/reference/api.ts; npm run docs:reference writes it anew. -->
# Options and functions

Every option, function and field, made from the declarations that your editor shows. The command line is in [commands.md](commands.md).`

/** docs/api.md, made from the source of the plugin. */
export function apiPage(): string {
  const files = [...PARTS.map(({ file }) => file), ...EXTENDED].map(inPlugin)
  const declarations = new Declarations(files, (file) => file.startsWith(inPlugin('types/')))
  const sections = PARTS.map((part) => {
    const file = inPlugin(part.file)
    if (part.as === 'function') return [`## ${part.title}`, callableText(declarations.callable(file, part.name))]
    const words = part.words ?? declarations.text(file, part.name)
    const body =
      part.as === 'methods'
        ? declarations
            .methods(file, part.name)
            .map((one) => `### ${nameOf(one)}\n\n${callableText(one)}`)
            .join('\n\n')
        : table(part, declarations.members(file, part.name))
    return [`## ${part.title}`, words, body]
  })
  return `${[HEAD, ...sections.flat()].filter(Boolean).join('\n\n')}\n`
}

function inPlugin(file: string): string {
  return fileURLToPath(new URL(`../../plugin/${file}`, import.meta.url))
}

function nameOf({ signature }: Callable): string {
  return /^\w+/.exec(signature)?.[0] ?? signature
}

function callableText({ signature, text, throws }: Callable): string {
  return [`\`\`\`ts\n${signature}\n\`\`\``, text, throws && `Throws ${throws}.`].filter(Boolean).join('\n\n')
}

function table({ as, without }: Part, members: readonly Member[]): string {
  return as === 'fields' ? fieldTable(members) : optionTable(members, without)
}

function fieldTable(members: readonly Member[]): string {
  const rows = members.map(({ name, isOptional, type, text }) => [
    code(`${name}${isOptional ? '?' : ''}`),
    code(type),
    text,
  ])
  return tableText(['field', 'type', ''], rows)
}

/** Signals are given by whoever runs the test. */
function optionTable(members: readonly Member[], without: readonly string[] = []): string {
  const listed = members.filter(({ name, type }) => !without.includes(name) && type !== 'AbortSignal')
  const rows = listed.map(({ name, isOptional, type, text }) => {
    const { given, rest } = splitDefault(text)
    return [code(name), code(type), isOptional ? given : 'required', rest]
  })
  return tableText(['option', 'type', 'default', ''], rows)
}

/** Docstrings say it in a sentence of its own: `Default 10.`, `Default: the conf's folder.` */
function splitDefault(text: string): { given: string; rest: string } {
  const sentence = /(?:^|\s)Default:? (.*?)\.(?=\s|$)/.exec(text)
  if (!sentence) return { given: '', rest: text }
  return { given: sentence[1]!, rest: text.replace(sentence[0], '').trim() }
}

function code(text: string): string {
  return `\`${text}\``
}

function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}
