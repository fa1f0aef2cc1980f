import type { Plan } from '../types/plan.js'
import { type Generation, reloadSighting } from './generations.js'
import type { Sightings } from './judge.js'
import type { SecondStart } from './second-start.js'
import type { Watched } from './watcher.js'

/** Enough for the line of what comes with each reload. */
const RELOADS = 4
/** What comes more rarely is awaited as often as this. */
const MOST_RELOADS = 20
/** In any case: one alone may differ from the start for reasons of its own. */
const FEWEST_RELOADS = 2
/** Time in which there are as many as is enough, in ms, and in which more are awaited. */
const RELOADS_MS = 8_000
const RARE_MS = 3_000
/** As many in each generation, for each request of the plan: for what is loaded when it is first asked for. */
const REQUESTS = 8
const REQUESTS_MS = 500

/** Reloads the watched server a few times; each time all that it starts is watched from its beginning until a few requests are answered. */
export async function watchReloads(server: SecondStart, watched: readonly Watched[], plan: Plan): Promise<Sightings> {
  const began = performance.now()
  const generations: Generation[] = []
  const sightingOf = (id: number) =>
    reloadSighting(watched.find((target) => target.id === id)!, generations, (performance.now() - began) / 1000)
  const faults = new Map<number, string>()
  const isSeen = ({ id }: Watched) => faults.has(id) || sightingOf(id).credits.some(({ amount }) => amount > 0)
  for (let reloads = 0; reloads <= MOST_RELOADS; reloads++) {
    const elapsed = performance.now() - began
    if (reloads > FEWEST_RELOADS && elapsed > RELOADS_MS) break
    if (reloads > RELOADS && (elapsed > RARE_MS || watched.every(isSeen))) break
    if (reloads > 0) await server.reload()
    const states = await nextGeneration(server, plan)
    generations.push(states)
    for (const [id, why] of states.flatMap(({ faults }) => [...faults])) faults.set(id, why)
    if (watched.every(({ id }) => faults.has(id))) break
  }
  return { sightingOf, faults }
}

async function nextGeneration(server: SecondStart, { requests }: Plan): Promise<Generation> {
  await server.send({ requests, amount: REQUESTS * Math.max(1, requests.length), mostMs: REQUESTS_MS })
  return [...(await server.generation()).values()]
}
