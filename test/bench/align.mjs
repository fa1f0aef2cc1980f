// How long a run's heaps take to be aligned: anew each time that the run is judged, and moment by moment.
// node test/bench/align.mjs [--paths 40000] [--apart]     --apart: no two paths hold the same
import { parseArgs } from 'node:util'
import { Aligner, alignSeries } from '../../build/plugin/heap/align.js'

const { values } = parseArgs({
  options: { paths: { type: 'string', default: '40000' }, apart: { type: 'boolean', default: false } },
})
const paths = Number(values.paths)
/** A run that confirms and goes on is judged after these many moments: 5 planned rounds, 2 confirming ones, 2 further ones, each with its drain. */
const JUDGED = [7, 10, 10, 13, 13]

const tallies = new Map()
const SLOTS = [0, 0, 9, 16, 400]

/** Objects of one type. Nodes that say the same share their parts, as the reader has them. */
function objectsOf(type, count, bytes) {
  const key = `${type} ${count} ${bytes}`
  const known = tallies.get(key) ?? { [type]: [count, bytes] }
  tallies.set(key, known)
  return known
}

/** Modules with ten fields each, tables, functions and strings in turn. */
function snapshotOf(moment) {
  const nodes = [
    { p: -1, s: 'registry', o: { table: [1, 64] } },
    { p: 0, s: '._LOADED', o: { table: [1, 64] } },
  ]
  for (let at = 1; nodes.length < paths; at++) {
    const parent = nodes.push({ p: 1, s: `.module${at}`, o: objectsOf('table', 1, 64), sl: SLOTS }) - 1
    for (let field = 0; field < 10; field++) {
      const type = ['table', 'function', 'string'][field % 3]
      nodes.push({
        p: parent,
        s: `.field${field}`,
        o: objectsOf(type, 1 + (moment % 3), values.apart ? 48 + nodes.length : 48),
        ...(type === 'function' && { src: 0 }),
      })
    }
  }
  return { pid: 7, vms: [{ label: 'http', nodes, sources: ['/srv/app/lua/module.lua:5'] }] }
}

function ms(work) {
  const from = performance.now()
  for (const taken of JUDGED) work(moments.slice(0, taken))
  return Math.round(performance.now() - from)
}

const moments = Array.from({ length: Math.max(...JUDGED) }, (_, moment) => [snapshotOf(moment)])
const aligner = new Aligner()
console.log(`${paths} paths, judged after ${JUDGED.join(', ')} moments`)
console.log(`anew each time   ${ms((seen) => alignSeries(seen))} ms`)
console.log(`moment by moment ${ms((seen) => aligner.align(seen))} ms`)
