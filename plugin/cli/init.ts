import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { Command, Option } from 'commander'
import { escapedLines } from '../base/escape.js'
import { RuntimeError } from '../base/runtime-error.js'
import type { Routes } from '../conf/served-routes.js'
import { askOnce } from '../explore/ask.js'
import { routesOf } from '../explore/routes.js'
import { type InitFiles, planFiles } from '../init/plan-files.js'
import { type Askable, askableRoutes, type SortedRoutes, sortByAnswers, sortByConf } from '../init/sorted-routes.js'
import { ciWords, projectWords, routesWords } from '../init/words.js'
import { writeAll } from '../init/write-all.js'
import { makePlan } from '../measure/plan.js'
import { ANY_WIDTH } from '../report/terminal/text-options.js'
import { wrapText } from '../report/terminal/wrap.js'
import { bootRuntime } from '../runtime/boot.js'
import { readConfHere } from '../runtime/local/prepare-here.js'
import { firstRun, nextStep } from './first-run.js'
import { withBootOptions } from './options/boot-options.js'
import { type InitArguments, type InitSettings, initSettings } from './options/init-options.js'
import { EXIT } from './terminal/exit.js'
import { Interrupt } from './terminal/interrupt.js'
import { errorText, messageOf } from './terminal/message.js'
import { Progress, type Terminal, textOptions } from './terminal/progress.js'

/** `resty-leak init [CONF]`: the files of a first gate, and its first run. `done` gets the exit code. */
export function initCommand(terminal: Terminal, done: (code: number) => void): Command {
  const command = new Command('init')
    .summary('write leak tests for an nginx.conf, their config and a CI file, and run them once')
    .description(
      'Looks at the project in the working directory, asks each route of CONF once, and writes a Vitest config, a test for each group of routes and a CI file. Nothing that is there is changed. Then it runs the tests once.',
    )
    .argument('[conf]', 'nginx.conf (default: the one that is found below the working directory)')
    .option('--dry-run', 'show the files as they would be, and write none')
    .option('--no-run', 'start nothing: neither ask the routes nor run the tests')
    .addOption(
      new Option('--ci <host>', 'whose CI file to write (default: what the repository has)').choices([
        'github',
        'gitlab',
        'none',
      ]),
    )
    .option('--prefix <dir>', "nginx prefix (default: the conf's folder, or its parent if that is named conf)")
  return withBootOptions(command).action(async (conf: string | undefined, given: InitArguments) => {
    done(await init(await initSettings(conf, given), terminal))
  })
}

async function init(settings: InitSettings, terminal: Terminal): Promise<number> {
  using interrupt = new Interrupt()
  const { signal } = interrupt
  const say = sayer(terminal)
  const { conf, whyConf, boot, dryRun } = settings
  const routes = routesOf(readConfHere(boot))
  say(`conf       ${conf}${whyConf === undefined ? '' : ` (${whyConf})`}`)
  say(`project    ${projectWords(settings.picture, process.cwd())}`)
  let plan: InitFiles
  try {
    plan = await planOf(routes, settings, { terminal, say, signal })
    if (!dryRun) writeAll(plan.files)
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'RUNTIME_OPTIONS') throw error
    return giveUp(error, settings, terminal, signal)
  }
  sayFiles(plan, settings, say)
  if (dryRun) return EXIT.passed
  return await runOrSayHow(plan, settings, { terminal, say, signal })
}

interface Stage {
  readonly terminal: Terminal
  readonly say: Say
  readonly signal: AbortSignal
}

/** Asks the routes, and works out all files. */
async function planOf(routes: Routes, settings: InitSettings, stage: Stage): Promise<InitFiles> {
  const { picture, boot, given, ci, run } = settings
  const { description, sorted } = await sortRoutes(askableRoutes(routes), settings, stage)
  stage.say(`OpenResty  ${description}`)
  stage.say(`routes     ${routesWords(sorted, run)}`)
  stage.say(`CI         ${ciWords(ci, picture)}`)
  return planFiles({
    picture,
    conf: boot.conf,
    prefix: boot.prefix,
    settings: given,
    routes: sorted,
    streams: routes.servers.filter(({ protocol, lua = [] }) => protocol === 'stream' && lua.length > 0),
    ci,
    exists: existsSync,
  })
}

/** All files or none: here none. */
function giveUp(error: unknown, { run }: InitSettings, terminal: Terminal, signal: AbortSignal): number {
  const why = messageOf(signal.aborted ? signal.reason : error)
  const way =
    run && !signal.aborted && error instanceof RuntimeError ? ' --no-run writes them without starting anything.' : ''
  terminal.err.write(errorText(`${why}\nNo file was written.${way}`, terminal))
  return signal.aborted ? EXIT.interrupted : EXIT.unmeasured
}

type Say = (text: string) => void

/** Lines on stdout, broken where that is a terminal. */
function sayer(terminal: Terminal): Say {
  const { width = ANY_WIDTH } = textOptions(terminal)
  return (text) => terminal.out.write(`${wrapText(escapedLines(text), width)}\n`)
}

/** What each route needs: as it answers, or with --no-run as the conf tells. */
async function sortRoutes(
  askable: Askable,
  { boot, run }: InitSettings,
  { terminal, signal }: Stage,
): Promise<{ readonly description: string; readonly sorted: SortedRoutes }> {
  if (!run) return { description: 'not started (--no-run)', sorted: sortByConf(askable) }
  using progress = new Progress(terminal)
  progress.show('starting OpenResty')
  await using runtime = await bootRuntime({ ...boot, signal })
  const { candidates } = askable
  const { answering, refused } = await askOnce(runtime, candidates, {
    plan: makePlan({ request: '/' }),
    signal,
    onAsked: (asked) => progress.show(`asking each route once: ${asked} of ${candidates.length}`),
  })
  return { description: runtime.description, sorted: sortByAnswers(askable, answering, refused) }
}

function sayFiles({ files, kept }: InitFiles, { picture, dryRun }: InitSettings, say: Say): void {
  const nameOf = (path: string) => relative(process.cwd(), path)
  say('')
  for (const { path, text, what } of files) {
    say(dryRun ? `--- ${nameOf(path)}: ${what}\n${text}` : `wrote ${nameOf(path)}: ${what}`)
  }
  for (const { path, advice } of kept) say(`${nameOf(path)} ${advice}`)
  if (picture.dockerfile) {
    const { file, from } = picture.dockerfile
    say(`${file} builds on ${from}: where the Lua of your conf needs what is in it, run init with --dockerfile ${file}`)
  }
  if (dryRun) say('Nothing was written (--dry-run).')
}

async function runOrSayHow(
  plan: InitFiles,
  { picture, run }: InitSettings,
  { terminal, say, signal }: Stage,
): Promise<number> {
  const { folder, vitest, hasPlugin } = picture
  say('')
  if (plan.install !== undefined) say(`Install what the tests need: ${plan.install}`)
  if (!run || vitest === undefined || !hasPlugin) {
    say(`Then run them: ${plan.command}`)
    return EXIT.passed
  }
  say(`$ ${plan.command}`)
  const result = await firstRun({ folder, args: plan.vitestArgs, signal })
  if (signal.aborted) {
    terminal.err.write(
      errorText(`${messageOf(signal.reason)}\nThe files are written; run them: ${plan.command}`, terminal),
    )
    return EXIT.interrupted
  }
  say(nextStep(result, plan.command))
  return result.code
}
