// Puts what runs in the reader's browser into one TypeScript file, so that a report page is made without reading any file.
import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))

/** As Content-Security-Policy wants it. */
const hash = (text) => `sha256-${createHash('sha256').update(text).digest('base64')}`

const bundle = await rolldown({ input: here('main.ts') })
const { output } = await bundle.generate({ format: 'iife', minify: true, comments: false })
await bundle.close()
// "</script" inside a string would end the element.
const script = output[0].code.replaceAll('</script', '<\\/script').trim()
const style = readFileSync(here('page.css'), 'utf8')
  .replace(/\/\*.*?\*\//gs, '')
  .replace(/\s*\n\s*/g, '\n')
  .trim()

const text = `// Made by page/build.mjs from page/*.ts and page/page.css.
export const PAGE_SCRIPT: string = ${JSON.stringify(script)}
export const PAGE_SCRIPT_HASH = '${hash(script)}'
export const PAGE_STYLE: string = ${JSON.stringify(style)}
export const PAGE_STYLE_HASH = '${hash(style)}'
`
// In one step, since a compiler or a test may be reading it.
const file = here('../page-bundle.ts')
writeFileSync(`${file}.${process.pid}`, text)
renameSync(`${file}.${process.pid}`, file)
