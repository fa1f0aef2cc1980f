import { expect, test } from 'vitest'
import { gain, sizeGain } from '../../../plugin/base/number.js'
import { annotations } from '../../../plugin/report/export/annotations.js'
import { findings } from '../../../plugin/report/export/findings.js'
import { reportHtml } from '../../../plugin/report/html/html.js'
import { reportMarkdown } from '../../../plugin/report/markdown/markdown.js'
import { headline } from '../../../plugin/report/terminal/headline.js'
import { palette } from '../../../plugin/report/terminal/palette.js'
import { wholeText } from '../../../plugin/report/terminal/whole-text.js'
import { entryRow, updatesOf, updateTitle } from '../../../plugin/report/words/baseline.js'
import { plainWords } from '../../../plugin/report/words/plain-words.js'
import { processCells } from '../../../plugin/report/words/process-words.js'
import { ratesOf } from '../../../plugin/report/words/rounds.js'
import { trend } from '../../../plugin/report/words/sparkline.js'
import { capacityWords, METRIC_OF, typeRows } from '../../../plugin/report/words/type-rows.js'
import type { LeakReport } from '../../../plugin/types/report.js'
import { someReports } from './build.js'

/** Text as a reader sees it: markup, entities and colours taken away, and blanks and lines made one blank. */
function seen(form: string): string {
  return form
    .replace(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>/g, ' ')
    .replace(/<\/?[a-z][^>]*>/g, ' ')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
}

const FORMS: Readonly<Record<string, (report: LeakReport) => string>> = {
  terminal: (report) => wholeText(report),
  'narrow terminal': (report) => wholeText(report, { width: 80 }),
  Markdown: (report) => reportMarkdown(report),
  page: (report) => reportHtml(report),
}

/** What every form says of a report, word for word: verdict, what came of each type, with bytes, slots, how it went on, and the conclusion. */
function facts(report: LeakReport): string[] {
  return [
    headline(report, palette(false)),
    ...report.growths.flatMap((growth) => [
      ...typeRows(growth).flatMap(({ type, objects, bytes }) => [METRIC_OF[type], gain(objects), sizeGain(bytes)]),
      ...[capacityWords(growth) ?? []].flat(),
      ...(growth.per === undefined && growth.class !== 'clock' ? [trend(ratesOf(growth.rounds, report.requests))] : []),
    ]),
    ...report.process.growths.flatMap((growth) => {
      const { gained, bytes, rate, object } = processCells(growth)
      return [gained, bytes, rate, object]
    }),
    ...report.moved.flatMap(({ class: kind, path, why }) => [kind, path, why ?? '']),
    ...updatesOf([report]).flatMap((update) => [
      updateTitle([update]),
      ...update.entries.flatMap((entry) => entryRow(entry, update.per)),
    ]),
    ...plainWords(report, 2).flat(),
  ]
}

test.each(Object.entries(someReports()))('%s is told with the same figures in every form', (_, report) => {
  for (const [name, form] of Object.entries(FORMS)) {
    const text = seen(form(report))
    const missing = facts(report).filter((fact) => !text.includes(seen(fact).trim()))
    expect({ name, missing }).toEqual({ name, missing: [] })
  }
})

test.each(Object.entries(someReports()))('an annotation of %s begins with its verdict', (_, report) => {
  const [line = ''] = annotations(findings([{ file: 'a', title: 'a', report }]))
  expect(report.passed || line.includes(headline(report, palette(false)).replaceAll('%', '%25'))).toBe(true)
})

test('there are twelve of them', () => {
  expect(Object.keys(someReports())).toHaveLength(12)
})
