import { join } from 'node:path'
import { run } from '../../base/spawn.js'
import { makeTempFolder } from '../../base/temp-folder.js'
import { writeText } from '../../base/write-file.js'
import { reportJson } from '../../report/export/json.js'
import { headline } from '../../report/terminal/headline.js'
import { palette } from '../../report/terminal/palette.js'
import type { LeakReport } from '../../types/report.js'
import type { Terminal } from './progress.js'

/**
 * Runs a user's command with what was found in its environment: REPORT, a file that is there until the command has ended; PID, the worker
 * with the largest share; PIDS, VERDICT, LEAK_PATH and HEADLINE. What it writes goes to stderr. That it failed is said, and changes nothing.
 */
export async function runOnLeak(command: string, report: LeakReport, { err }: Terminal): Promise<void> {
  const folder = makeTempFolder({ keep: false })
  try {
    const file = join(folder.path, 'report.json')
    await writeText(file, reportJson(report))
    const [growth] = [...report.growths, ...report.process.growths].filter(({ coveredBy }) => !coveredBy)
    const { exitCode, stdout, stderr, failure } = await run('/bin/sh', ['-c', command], {
      env: {
        REPORT: file,
        PID: String(growth?.workers?.[0]?.pid ?? report.runtime.workers[0] ?? ''),
        PIDS: report.runtime.workers.join(' '),
        VERDICT: report.verdict,
        LEAK_PATH: growth && 'path' in growth ? growth.path : '',
        HEADLINE: headline(report, palette(false)),
      },
    })
    err.write(`${stdout}${stdout === '' || stdout.endsWith('\n') ? '' : '\n'}`)
    err.write(`${stderr}${stderr === '' || stderr.endsWith('\n') ? '' : '\n'}`)
    if (exitCode !== 0) err.write(`resty-leak: --on-leak ended with ${exitCode ?? failure}\n`)
  } finally {
    await folder.remove()
  }
}
