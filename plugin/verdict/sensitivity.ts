/**
 * Objects that a leak which keeps one at a time, at random, must gain over the planned rounds on average
 * to be found in 19 of 20 runs: by simulation of the verdict's own rules.
 */
const FOUND_GAIN = 8
/** The same of a watch, over all of its rounds: they alone show a growth and confirm it. */
const FOUND_GAIN_WATCHED = 36

/**
 * The rarest leak that so many planned requests would have shown, in objects per request.
 * It takes a path that holds still by itself; one that moves while idle hides more.
 * @returns null for no requests
 */
export function sensitivityOf(requests: number, isWatch = false): number | null {
  return requests > 0 ? Number(((isWatch ? FOUND_GAIN_WATCHED : FOUND_GAIN) / requests).toPrecision(3)) : null
}
