import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { program } from '../../plugin/cli/program.js'
import { readSection } from '../../plugin/measure/baseline-file.js'
import { aTerminal } from './cli/terminal.js'
import { BLOCKS, commandLines, PAGES } from './doc-blocks.js'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const HELP = read('docs/commands.md')
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

/** Long and short options of a command, from its help in docs/commands.md. */
function optionsOf(command: string): string[] | undefined {
  const [help] = HELP.split(`\n## ${command}\n`)[1]?.split('\n## ') ?? []
  return help === undefined ? undefined : optionsIn(help)
}

function optionsIn(help: string): string[] {
  return [...help.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)/gm)].flatMap(([, short = '', long = '']) => [short, long])
}

/** What a call of `resty-leak` names that there is not. */
function faultsOf(line: string): string[] {
  const words = line.match(/'[^']*'|"[^"]*"|[^\s'"]+/g) ?? []
  const [, command = ''] = words
  if (command.startsWith('-')) return []
  const legal = optionsOf(command)
  if (!legal) return [`${command}: no such command`]
  const options = words.filter((word) => /^--?[a-zA-Z]/.test(word)).map((word) => word.replace(/=.*/, ''))
  return options.filter((option) => !legal.includes(option)).map((option) => `${command} has no ${option}`)
}

test('each call of the command that the docs show names a command and options that there are', () => {
  const calls = commandLines()
  expect(calls.length).toBeGreaterThan(60)
  expect(calls.flatMap(({ at, line }) => faultsOf(line).map((fault) => `${at}: ${fault}`))).toEqual([])
})

test('a call that names what there is not is seen', () => {
  expect(faultsOf("resty-leak run nginx.conf --reqest '/t --x'")).toEqual(['run has no --reqest'])
  expect(faultsOf('resty-leak rum nginx.conf')).toEqual(['rum: no such command'])
})

/** Options of npm, of nginx's configure and of Vitest that the docs name. */
const OF_OTHERS = ['--ignore-scripts', '--with-http', '--shard', '--merge-reports']

test('each option that stands alone among words is one of some command', () => {
  const all = [...optionsIn(HELP), ...OF_OTHERS]
  const named = PAGES.flatMap(({ path, text }) =>
    [...text.replace(/^```.*?^```$/gms, '').matchAll(/`(--[a-z-]+)[^`]*`/g)].map(([, option]) => ({
      path,
      option: option!,
    })),
  )
  expect(named.length).toBeGreaterThan(60)
  expect(named.filter(({ option }) => !all.includes(option))).toEqual([])
})

test('each script of npm that the docs run is there', () => {
  const named = BLOCKS.filter(({ at, language }) => language === 'sh' && !at.startsWith('examples/')).flatMap(
    ({ text }) => [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name]) => name!),
  )
  expect(named.length).toBeGreaterThan(2)
  expect(named.filter((name) => !(name in scripts))).toEqual([])
})

const ROUTES = {
  'nginx.conf': `events {}
http {
lua_package_path "$prefix/lua/?.lua;;";
server {
  listen 8080;
  location / { content_by_lua_block { ngx.say("hello") } }
  location = /orders { content_by_lua_file lua/orders.lua; }
  location /staff { auth_basic staff; content_by_lua_block { ngx.say("staff") } }
  location ~ ^/items/(\\d+)$ { content_by_lua_block { ngx.say(ngx.var[1]) } }
}
}
`,
  'lua/orders.lua': `local orders = {}${'\n'.repeat(11)}ngx.req.read_body()\n`,
}

test('the list of routes is what the command prints', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'doc-blocks-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'lua'))
  for (const [name, text] of Object.entries(ROUTES)) writeFileSync(join(folder, name), text)
  const terminal = aTerminal()
  await program(['routes', join(folder, 'nginx.conf')], terminal)
  const shown = BLOCKS.find(({ text }) => text.startsWith('$ npx resty-leak routes nginx.conf\n'))?.text
  expect(`$ npx resty-leak routes nginx.conf\n${terminal.said.out.replaceAll(`${folder}/`, '')}`).toBe(shown)
})

test('JSON of the docs can be read: a baseline', async () => {
  const blocks = BLOCKS.filter(({ language }) => language === 'json')
  expect(blocks.map(({ at }) => at.replace(/:\d+$/, ''))).toEqual(['docs/budgets.md'])
  const folder = mkdtempSync(join(tmpdir(), 'doc-blocks-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'leaks.json'), blocks[0]!.text)
  const section = await readSection(join(folder, 'leaks.json'), 'GET /t', { update: false, mustExist: true })
  expect(Object.keys(section.accepted)).toEqual(['registry._LOADED.demo.go.^foo[*]'])
})
