import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { aFolder } from './resty-leak.js'

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Why browser tests are skipped here; undefined where they run. REQUIRE_CHROMIUM=1 lets them fail instead. */
export const noChromium: string | undefined =
  existsSync(EXECUTABLE) || process.env.REQUIRE_CHROMIUM === '1' ? undefined : `no Chromium at ${EXECUTABLE}`

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A page, and all that it did which a report must not. */
export interface Opened {
  readonly page: Page
  /** Console messages, errors, dialogs, and requests to anything but itself. */
  readonly complaints: readonly string[]
}

/** Starts one browser for the tests of a file, and ends it after them. @returns opens a page from disk in a window of its own */
export function useChromium(): (html: string, options?: BrowserContextOptions) => Promise<Opened> {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS })
  })
  afterAll(() => browser?.close())
  return async (html, options = {}) => {
    const file = join(await aFolder(), 'report.html')
    await writeFile(file, html)
    const context = await browser!.newContext({ viewport: { width: 1400, height: 900 }, ...options })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    const complaints = complaintsOf(page, pathToFileURL(file).href)
    await page.goto(pathToFileURL(file).href)
    return { page, complaints }
  }
}

function complaintsOf(page: Page, url: string): readonly string[] {
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('dialog', (dialog) => {
    complaints.push(dialog.message())
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    if (request.url() !== url && !request.url().startsWith('data:')) complaints.push(request.url())
  })
  return complaints
}
