/** A place where Lua looked for a module: `no field package.preload['x']`, `no file './x.lua'`, `no module 'x' in file './x.so'`. */
const PLACE = /^\s+no (?:field|file|module) /
/** Those that are told; what matters behind them is the traceback, which says who wants the module. */
const TOLD = 3

/** The lines of log entries; of the places where a module was looked for, a line each and often twenty, the first few. */
export function withFewPlaces(lines: readonly string[]): string[] {
  const told: string[] = []
  let places = 0
  for (const line of [...lines, undefined]) {
    if (line !== undefined && PLACE.test(line)) {
      if (++places <= TOLD) told.push(line)
      continue
    }
    if (places > TOLD) told.push(`\t(and in ${places - TOLD} more ${places - TOLD === 1 ? 'place' : 'places'})`)
    places = 0
    if (line !== undefined) told.push(line)
  }
  return told
}
