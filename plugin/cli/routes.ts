import { resolve } from 'node:path'
import { Command } from 'commander'
import type { Routes } from '../conf/served-routes.js'
import { routesOf } from '../explore/routes.js'
import { routesText } from '../report/terminal/routes-text.js'
import { readConfHere } from '../runtime/local/prepare-here.js'
import type { Forms } from './forms/form.js'
import { type FileArguments, filesOf, withFileOptions } from './options/file-options.js'
import { folder, readable } from './options/paths.js'
import { collect, replacements } from './options/values.js'
import { EXIT } from './terminal/exit.js'
import type { Terminal } from './terminal/progress.js'
import { besideFiles, writeFiles } from './terminal/write-files.js'

const FORMS = {
  json: {
    flags: '--json [file]',
    help: 'print it as JSON, or write that to a file',
    text: (routes) => `${JSON.stringify(routes, null, 2)}\n`,
  },
} as const satisfies Forms<string, Routes>

interface RoutesArguments extends FileArguments<'json'> {
  readonly prefix?: string
  readonly replace?: readonly string[]
}

/** `resty-leak routes CONF`: what a conf serves. Nothing is started. `done` gets the exit code. */
export function routesCommand(terminal: Terminal, done: (code: number) => void): Command {
  const command = new Command('routes')
    .summary('list what an nginx.conf serves, and whether a GET is likely to work')
    .description(
      'Reads CONF with its includes and lists each location: where it stands, what Lua runs there, and whether a GET is likely to work.',
    )
    .argument('<conf>', 'nginx.conf')
    .option('--prefix <dir>', "nginx prefix (default: the conf's folder, or its parent if that is named conf)")
    .option('--replace <FROM=TO>', 'literal replacement in the conf; repeat for several', collect)
  return withFileOptions(command, FORMS).action(async (conf: string, given: RoutesArguments) => {
    done(await list(conf, given, terminal))
  })
}

async function list(conf: string, { prefix, replace, json }: RoutesArguments, terminal: Terminal): Promise<number> {
  const files = await filesOf({ json }, FORMS)
  const tree = readConfHere({
    conf: await readable(conf),
    ...(prefix !== undefined && { prefix: await folder('--prefix', prefix) }),
    ...(replace && { replace: replacements(replace) }),
  })
  const routes = routesOf(tree)
  besideFiles(terminal, files).out.write(
    json === true
      ? FORMS.json.text(routes)
      : `${routesText({ ...routes, conf: resolve(conf) === routes.conf ? conf : routes.conf })}\n`,
  )
  return (await writeFiles(files, FORMS, routes, terminal)) ? EXIT.passed : EXIT.unmeasured
}
