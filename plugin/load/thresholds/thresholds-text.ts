import type { ThresholdResult } from './thresholds.js'

/**
 * Each threshold with its actual value, a line each, the ones that are not met marked:
 * ```
 *   x latency.p99  < 20ms   31.2 ms
 *   ! 5xx          < 0.1%   0.4 %     (warning)
 *     errors       <= 0     0
 * ```
 */
export function thresholdsText(results: readonly ThresholdResult[]): string {
  const rows = results.map((result) => [
    `  ${mark(result)} ${result.key}`,
    result.condition.text,
    result.actualText,
    !result.met && result.level === 'warn' ? '(warning)' : '',
  ])
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function mark({ met, level }: ThresholdResult): string {
  if (met) return ' '
  return level === 'warn' ? '!' : 'x'
}
