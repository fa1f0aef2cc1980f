import type { LeakReport } from '../../types/report.js'
import { headline } from '../terminal/headline.js'
import { palette } from '../terminal/palette.js'
import { loadFacts, notes, runFacts, updateTable, violationTable } from './facts.js'
import { conclusions, growthTable, movedTable, roundCharts } from './growths.js'
import { section, text } from './markup.js'
import { memory } from './memory.js'
import { graphPlace, htmlPage } from './page.js'
import { processTable } from './process-table.js'

/**
 * The report as one self-contained HTML file: what grew first, then the graph of reference paths, rounds, memory, load.
 * @param options `title`: the test or conf it is about
 */
export function reportHtml(report: LeakReport, options: { readonly title?: string } = {}): string {
  const { title = 'OpenResty leak report' } = options
  const paths = report.paths?.some(({ nodes }) => nodes.length > 0) ? report.paths : undefined
  // What an error quotes, such as a log's lines, stands below its sentence.
  const [first = '', ...more] = headline(report, palette(false)).split('\n')
  const body = [
    `<header><p class="faint">${text(title)}</p>\n<h1 class="${tone(report)}">${text(first)}</h1>${more.length === 0 ? '' : `\n<pre>${more.map(text).join('\n')}</pre>`}</header>\n`,
    section('What grew', growthTable(report) + processTable(report.process.growths, report.requests)),
    section('In plain words', conclusions(report)),
    section('Budgets and thresholds', violationTable(report)),
    section('Written to the baseline', updateTable(report)),
    paths ? section('The heap by reference path', graphPlace()) : '',
    section('Round by round', roundCharts(report)),
    section('Moved, but not a leak', movedTable(report)),
    section('Memory of the workers', memory(report)),
    section('Load', loadFacts(report)),
    section('The run', runFacts(report) + notes(report)),
  ]
  return htmlPage({
    title: `${report.verdict}: ${title}`,
    body: body.join(''),
    ...(paths && { graph: { trees: paths } }),
  })
}

function tone({ passed, verdict }: LeakReport): string {
  if (passed) return 'good'
  return verdict === 'inconclusive' ? 'unsure' : 'bad'
}
