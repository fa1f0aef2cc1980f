// Makes a site of the Markdown files: npm run docs, then open docs/dist/index.html. It reads the repository and nothing else,
// so that it works without a network, and ends with 1 at a link that leads nowhere.
import { fileURLToPath } from 'node:url'
import { GROUPS } from './groups.mjs'
import { buildSite } from './site.mjs'

const { pages, broken } = buildSite({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  out: fileURLToPath(new URL('../dist', import.meta.url)),
  groups: GROUPS,
})
for (const link of broken) console.error(`docs: ${link}`)
if (broken.length > 0) process.exitCode = 1
else console.log(`docs: ${pages} pages in docs/dist. Open docs/dist/index.html.`)
