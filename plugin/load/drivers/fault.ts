import type { LoadFailure, RoundLoad } from '../../types/load.js'

/** Lines of a stack that are shown: where it was thrown, and who called that. */
const FRAMES = 4

/** Why a round of calls cannot be judged; undefined where all of them were completed. */
export function workFault(step: string, load: RoundLoad): string | undefined {
  const { asked, completed, errors, gaveUp, failures } = load
  if (completed === asked) return undefined
  const unit = load.unit ?? 'call'
  const why = gaveUp === undefined ? '' : `: ${gaveUp}`
  const longer =
    errors.timeout > 0
      ? '\nWhere a call needs longer: timeoutS: 30. What it waits with can be ended by its signal.'
      : ''
  return [
    `${completed} of ${asked} ${unit}s were completed in ${step}${why}${longer}`,
    ...(failures?.first ?? []).map(failureText),
  ].join('\n')
}

function failureText({ n, message, stack }: LoadFailure): string {
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return [`call ${n}: ${message}`, ...frames.slice(0, FRAMES)].join('\n')
}

/** Why a round of a command cannot be judged, with what it wrote; undefined where it ended well and nginx counted something. */
export function commandFault(step: string, { gaveUp, output = '' }: RoundLoad): string | undefined {
  if (gaveUp === undefined) return undefined
  const said = output === '' ? 'It wrote nothing.' : `Its last lines:\n${output.replace(/^/gm, '  ')}`
  return `${gaveUp} (in ${step}). ${said}`
}
