import type { LeakReport } from '../../types/report.js'

/** The report as its file holds it: indented, but one path a line, so that a heap of some thousand paths stays readable. Ends in a line end. */
export function reportJson(report: LeakReport): string {
  const { paths, ...rest } = report
  const text = JSON.stringify(rest, null, 2)
  if (!paths) return `${text}\n`
  const trees = paths.map(({ vm, nodes }) => {
    const rows = nodes.map((node) => `\n        ${JSON.stringify(node)}`).join(',')
    return `\n    {\n      "vm": ${JSON.stringify(vm)},\n      "nodes": [${rows}${rows ? '\n      ' : ''}]\n    }`
  })
  const list = trees.length === 0 ? '[]' : `[${trees.join(',')}\n  ]`
  return `${text.replace(/\n}$/, '')},\n  "paths": ${list}\n}\n`
}
