import { relative, resolve } from 'node:path'
import { chooseConf } from '../../init/choose-conf.js'
import type { StartSettings } from '../../init/config-file.js'
import { findConfs } from '../../init/find-confs.js'
import { lookAtProject } from '../../init/look.js'
import type { CiHost, ProjectPicture } from '../../init/picture.js'
import type { RuntimeOptions } from '../../types/runtime.js'
import { type BootArguments, bootOptions } from './boot-options.js'
import { folder, readable } from './paths.js'
import { UsageError } from './usage.js'

/** What commander hands over for `resty-leak init`. */
export interface InitArguments extends BootArguments {
  readonly prefix?: string
  readonly ci?: CiHost | 'none'
  readonly dryRun?: boolean
  /** False for `--no-run`. */
  readonly run: boolean
}

/** What is to be set up; nothing has been started or written yet. */
export interface InitSettings {
  readonly picture: ProjectPicture
  readonly boot: RuntimeOptions
  /** Of these, what the user gave: they stand in the config. */
  readonly given: StartSettings
  /** As it is told: from the working directory. */
  readonly conf: string
  /** Why this conf, where nobody named one. */
  readonly whyConf: string | undefined
  readonly ci: CiHost | undefined
  readonly dryRun: boolean
  readonly run: boolean
}

/** Looks at the project and chooses its conf where none is named. @throws UsageError */
export async function initSettings(named: string | undefined, given: InitArguments): Promise<InitSettings> {
  const picture = lookAtProject(process.cwd())
  const chosen = named === undefined ? chosenConf() : { file: named, why: undefined }
  const conf = await readable(chosen.file)
  const options = bootOptions(given)
  return {
    picture,
    conf: chosen.file,
    whyConf: chosen.why,
    boot: {
      conf,
      ...options,
      ...(given.prefix !== undefined && { prefix: await folder('--prefix', given.prefix) }),
    },
    given: startSettings(given, options, picture.folder),
    ci: given.ci === 'none' ? undefined : (given.ci ?? picture.ci.host),
    dryRun: given.dryRun ?? false,
    run: given.run,
  }
}

/** @throws UsageError where there is none to choose */
function chosenConf(): { readonly file: string; readonly why: string } {
  const { confs, templates } = findConfs(process.cwd())
  const chosen = chooseConf(confs)
  if (chosen) return chosen
  const template = templates[0]
  const way =
    template === undefined
      ? 'Name it: resty-leak init path/to/nginx.conf.'
      : `${template} is a template: fill it in as your start script does, and name what comes out: resty-leak init path/to/nginx.conf.`
  throw new UsageError(`no nginx.conf is found below ${process.cwd()}: no *.conf there has events and http. ${way}`)
}

/** Only what differs from the defaults, and paths from the project's folder, where Vitest runs. */
function startSettings(given: BootArguments, options: ReturnType<typeof bootOptions>, project: string): StartSettings {
  const { runtime, dockerfile, openresty, workers, ...others } = options
  const fromProject = (path: string) => relative(project, resolve(path)) || '.'
  return {
    ...(runtime !== 'auto' && { runtime }),
    ...(dockerfile !== undefined && { dockerfile: fromProject(dockerfile) }),
    ...(openresty !== undefined && { openresty }),
    ...(given.workers !== undefined && { workers }),
    ...others,
  }
}
