/**
 * Draws that depend on the seed alone, so that a run can be repeated by its number.
 * The generator is mulberry32: 32 bits of state, good enough to pick sizes with.
 */
export function randomFrom(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number, both ends included. */
  const int = (least, most) => least + Math.floor(next() * (most - least + 1))

  /** A whole number whose magnitude is drawn: as often from 100 to 1000 as from 1000 to 10,000. */
  const magnitude = (least, most) => Math.round(least * (most / least) ** next())

  /**
   * A bound of something that fills: as often of any magnitude as of the order of a run's own requests, 56,654 until the confirming
   * rounds are over, since what gets full in the middle of a run is harder to tell than what is full before or never.
   */
  const bound = (least, most) =>
    next() < 0.5 ? magnitude(least, most) : int(Math.min(2000, most), Math.min(60_000, most))

  /** A number of seconds with two decimals. */
  const seconds = (least, most) => Number((least * (most / least) ** next()).toFixed(2))

  const pick = (choices) => choices[int(0, choices.length - 1)]

  /** So many of the choices, each at most once, in random order. */
  const some = (count, choices) => {
    const left = [...choices]
    return Array.from({ length: Math.min(count, left.length) }, () => left.splice(int(0, left.length - 1), 1)[0])
  }

  return { int, magnitude, bound, seconds, pick, some }
}
