import type { Command } from 'commander'
import { collect } from './values.js'

/** Adds what says which growth is accepted, and what a report may show. */
export function withJudgingOptions(command: Command): Command {
  return command
    .option(
      '--budget <PATH:key=value,...>',
      'what may grow below a path, such as strings=64KB; repeat for several',
      collect,
    )
    .option(
      '--known <PATH=reason[@date]>',
      'leak that is accepted, until a date if there is one; repeat for several',
      collect,
    )
    .option('--baseline <file>', 'accepted growth by path; what exceeds it fails')
    .option('--update-baseline', 'write what grows to the baseline, which then accepts it')
    .option('--redact [pattern]', 'hide keys in paths: those a regular expression finds, or all but those of code')
}
