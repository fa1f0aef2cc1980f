// Records shop.har: a session in a small shop, in a headless Chromium, as the browser's own "save as HAR" has it. Run it where Chromium is:
//   node test/e2e/sources/record-har.mjs
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const PAGE = `<!doctype html><title>shop</title><link rel="stylesheet" href="/style.css"><script type="module">
for (const id of [17, 18, 19, 23]) await fetch('/api/items/' + id + '?currency=EUR')
await fetch('/api/search?q=' + encodeURIComponent('rote Schuhe') + '&page=1')
await fetch('/api/search?q=' + encodeURIComponent('Größe {n}') + '&page=2')
await fetch('/api/cart', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ item: 17 }) })
await fetch('/api/cart/17', { method: 'DELETE' })
await fetch('/api/gone')
await fetch('http://localhost:' + location.port + '/elsewhere', { mode: 'no-cors' })
document.title = 'done'
</script>`

const server = createServer((request, response) => {
  const isPage = request.url === '/'
  const type = isPage ? 'text/html; charset=utf-8' : request.url === '/style.css' ? 'text/css' : 'application/json'
  response.writeHead(request.url === '/api/gone' ? 404 : 200, { 'content-type': type, 'set-cookie': 'session=secret' })
  response.end(isPage ? PAGE : type === 'text/css' ? 'body { margin: 0 }' : '{}')
})
await new Promise((resolve) => server.listen(0, 'localhost', resolve))
const { port } = server.address()

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
const path = join(tmpdir(), `shop-${process.pid}.har`)
// a site has a name: the browser is told where it lies
const context = await browser.newContext({ recordHar: { path, content: 'omit' } })
const page = await context.newPage()
await page.goto(`http://shop.localhost:${port}/`)
await page.waitForFunction(() => document.title === 'done')
await context.close()
await browser.close()
server.close()

// the port differs from run to run, and times say nothing
const har = JSON.parse(readFileSync(path, 'utf8').replaceAll(`:${port}`, ':8080'))
const { version, creator, browser: by, entries } = har.log
const told = entries.map(({ request, response }) => ({
  startedDateTime: '2026-11-28T10:00:00.000Z',
  time: 1,
  request,
  response,
  cache: {},
  timings: { send: 0, wait: 1, receive: 0 },
}))
const to = fileURLToPath(new URL('shop.har', import.meta.url))
writeFileSync(to, `${JSON.stringify({ log: { version, creator, browser: by, pages: [], entries: told } }, null, 1)}\n`)
console.log(`${told.length} entries in ${to}`)
