import { basename } from 'node:path'
import { plural } from '../base/number.js'
import type { ConfPicture } from './picture.js'

/** Folders whose confs are there to test or to show something. */
const ASIDE = /^(?:t|tests?|__tests__|spec|specs|examples?|samples?|fixtures?|demos?|benchmarks?|servroot)$/i

/** What is looked at in turn: the first that tells two confs apart decides. */
const CRITERIA: readonly {
  readonly why: string
  readonly of: (conf: ConfPicture) => boolean
}[] = [
  {
    why: 'it is not among tests or examples',
    of: ({ file }) =>
      !file
        .split('/')
        .slice(0, -1)
        .some((name) => ASIDE.test(name)),
  },
  { why: 'it runs Lua', of: ({ runsLua }) => runsLua },
  { why: 'it is named nginx.conf', of: ({ file }) => basename(file) === 'nginx.conf' },
]

export interface ChosenConf {
  readonly file: string
  /** Why this one, in words that follow its name. */
  readonly why: string
}

/** The conf that is most likely the application's own; undefined where there is none. */
export function chooseConf(confs: readonly ConfPicture[]): ChosenConf | undefined {
  const reasons: string[] = []
  let left = [...confs].sort((a, b) => depthOf(a) - depthOf(b) || (a.file < b.file ? -1 : 1))
  for (const { why, of } of CRITERIA) {
    const better = left.filter(of)
    if (better.length === 0 || better.length === left.length) continue
    left = better
    reasons.push(why)
  }
  const [first, second] = left
  if (!first) return undefined
  if (confs.length === 1) return { file: first.file, why: 'the only conf here' }
  if (second) reasons.push(depthOf(second) > depthOf(first) ? 'it lies least deep' : 'it comes first by name')
  return { file: first.file, why: `of ${plural(confs.length, 'conf')}: ${reasons.join(', ')}` }
}

function depthOf({ file }: ConfPicture): number {
  return file.split('/').length
}
