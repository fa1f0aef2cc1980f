/**
 * What is wrong with the report of an application; undefined if nothing is. An application without a plant must hold its heap; of a plant,
 * its own growth must be found, and nobody else's.
 */
export function whatIsWrong(report, exitCode, plant) {
  if (!report) return `no report, exit code ${exitCode}`
  const wanted = plant ? ['leak', 1] : ['ok', 0]
  if (report.verdict !== wanted[0]) return `verdict ${report.verdict}, not ${wanted[0]}`
  if (exitCode !== wanted[1]) return `exit code ${exitCode}, not ${wanted[1]}`
  if (!plant) return undefined
  const growths = growthsOf(report)
  if (!growths.some((growth) => isPlanted(growth, plant))) {
    return `nothing found at ${plant.path ?? plant.zone ?? plant.category}, but at ${growths.map(({ path }) => path).join(', ')}`
  }
  const others = growths.filter((growth) => !isPlanted(growth, plant) && !comesWithPlant(growth, plant))
  return others.length > 0 ? `beside the planted leak: ${others.map(({ path }) => path).join(', ')}` : undefined
}

/** Growths on and off the Lua heap, in one form. */
export function growthsOf({ growths, process }) {
  return [
    ...growths.map(({ class: kind, path, rounds }) => ({ kind, path, rounds })),
    ...process.growths.map(({ class: kind, category, zone, rounds }) => ({
      kind,
      category,
      zone,
      rounds,
      path: ['process', category, zone].filter(Boolean).join('.'),
    })),
  ]
}

function isPlanted({ path, category, zone }, plant) {
  return plant.path ? path.includes(plant.path) : category === plant.category && zone === plant.zone
}

/** What lies below the module of the plant, and the C memory that its threads and buffers take. */
function comesWithPlant({ path, category }, plant) {
  return path.startsWith('registry._LOADED.planted') || (plant.path && category === 'malloc')
}
