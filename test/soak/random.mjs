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

  /** A number of seconds with two decimals. */
  const seconds = (least, most) => Number((least * (most / least) ** next()).toFixed(2))

  const pick = (choices) => choices[int(0, choices.length - 1)]

  /** So many of the choices, each at most once, in random order. */
  const some = (count, choices) => {
    const left = [...choices]
    return Array.from({ length: Math.min(count, left.length) }, () => left.splice(int(0, left.length - 1), 1)[0])
  }

  return { int, magnitude, seconds, pick, some }
}
