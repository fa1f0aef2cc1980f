import { resolve } from 'node:path'
import { Command } from 'commander'
import { routesOf } from '../explore/routes.js'
import { routesText } from '../report/terminal/routes-text.js'
import { readConfHere } from '../runtime/local/prepare-here.js'
import { folder, readable, writable } from './options/paths.js'
import { collect, replacements } from './options/values.js'
import { EXIT } from './terminal/exit.js'
import type { Terminal } from './terminal/progress.js'
import { writeFiles } from './terminal/write-files.js'

interface RoutesArguments {
  readonly prefix?: string
  readonly replace?: readonly string[]
  readonly json?: string | true
}

/** `resty-leak routes CONF`: what a conf serves. Nothing is started. `done` gets the exit code. */
export function routesCommand(terminal: Terminal, done: (code: number) => void): Command {
  return new Command('routes')
    .summary('list what an nginx.conf serves, and whether a GET is likely to work')
    .description(
      'Reads CONF with its includes and lists each location: where it stands, what Lua runs there, and whether a GET is likely to work.',
    )
    .argument('<conf>', 'nginx.conf')
    .option('--prefix <dir>', "nginx prefix (default: the conf's folder, or its parent if that is named conf)")
    .option('--replace <FROM=TO>', 'literal replacement in the conf; repeat for several', collect)
    .option('--json [file]', 'print it as JSON, or write that to a file')
    .action(async (conf: string, given: RoutesArguments) => {
      done(await list(conf, given, terminal))
    })
}

async function list(conf: string, { prefix, replace, json }: RoutesArguments, terminal: Terminal): Promise<number> {
  const file = typeof json === 'string' ? await writable('--json', json) : undefined
  const tree = readConfHere({
    conf: await readable(conf),
    ...(prefix !== undefined && { prefix: await folder('--prefix', prefix) }),
    ...(replace && { replace: replacements(replace) }),
  })
  const routes = routesOf(tree)
  const asJson = () => `${JSON.stringify(routes, null, 2)}\n`
  terminal.out.write(
    json === true
      ? asJson()
      : `${routesText({ ...routes, conf: resolve(conf) === routes.conf ? conf : routes.conf })}\n`,
  )
  return (await writeFiles([[file, asJson]], terminal)) ? EXIT.passed : EXIT.unmeasured
}
