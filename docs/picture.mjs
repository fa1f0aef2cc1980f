// Makes the picture of the README and the transcript of docs/reading.md from a real run: needs dist (npm run build) and a Chromium.
//   node docs/picture.mjs
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'openresty-leak-picture-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const conf = 'scenarios/label-lookup/nginx.conf'
const request = '/t?user={n}'
const html = join(folder, 'report.html')
const args = ['run', conf, '--request', request, '--runtime', 'local', '--html', html]
const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist/cli/main.js'), ...args], {
  cwd: root,
  encoding: 'utf8',
})
if (status !== 1) throw new Error(`expected a leak, got exit code ${status}: ${stdout}${stderr}`)

// What differs from machine to machine says nothing here.
const lines = stdout.split('\n').filter((line) => !/^ {2}(?:Note:|nginx |[\d,]+ requests\/s|Worker memory)/.test(line))
const command = `$ npx resty-leak run ${conf} --request '${request}'`
const transcript = `\`\`\`\n${command}\n${lines.join('\n').trimEnd()}\n\`\`\``
const reading = join(root, 'docs/reading.md')
const parts = /(<!-- transcript -->\n)[\s\S]*?(<!-- \/transcript -->)/
const before = readFileSync(reading, 'utf8')
if (!parts.test(before)) throw new Error('docs/reading.md has no <!-- transcript --> part')
writeFileSync(
  reading,
  before.replace(parts, (_all, open, close) => `${open}${transcript}\n${close}`),
)

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
})
try {
  const page = await browser.newPage({ viewport: { width: 1000, height: 900 }, colorScheme: 'light' })
  await page.goto(pathToFileURL(html).href)
  await page.getByRole('button', { name: 'show in graph' }).first().click()
  await page.getByRole('button', { name: 'Show all' }).click()
  const section = page.locator('section', { has: page.locator('#graph') })
  await section.screenshot({ path: join(root, 'docs/graph.png') })
} finally {
  await browser.close()
}
console.log('docs/reading.md and docs/graph.png are made.')
