import { escaped } from '../../base/escape.js'
import type { LeakReport } from '../../types/report.js'
import { bytesAt, type Moment, NoPathsError, nameOf } from './tree.js'

/**
 * One heap as a V8 heap snapshot, for Chrome DevTools and memlab: an object per reference path, its own bytes as self size.
 * Every object belongs to one path, so what V8's tools compute as retained size is what the path holds with all below it.
 * @throws NoPathsError
 */
export function heapSnapshot(report: LeakReport, moment: Moment = 'after'): string {
  const trees = (report.paths ?? []).filter(({ nodes }) => nodes.length > 0)
  if (trees.length === 0) throw new NoPathsError()
  const strings = new Strings()
  const objects: SnapshotObject[] = [
    { type: 'synthetic', name: '', bytes: 0, children: [] },
    { type: 'synthetic', name: '(GC roots)', bytes: 0, children: [] },
  ]
  objects[0]!.children.push([GC_ROOTS, '(GC roots)'])
  for (const { vm, nodes } of trees) {
    let top = objects[GC_ROOTS]!
    if (trees.length > 1) {
      top.children.push([objects.length, vm])
      top = { type: 'object', name: `${vm} VM`, bytes: 0, children: [] }
      objects.push(top)
    }
    const first = objects.length
    for (const node of nodes) {
      const above = node.p < 0 ? top : objects[first + node.p]!
      above.children.push([objects.length, escaped(nameOf(node))])
      const count = node.o[moment === 'before' ? 0 : 1]
      const name = `${node.t ?? nameOf(node)}${count > 1 ? ` x ${count}` : ''}${node.src ? ` ${node.src}` : ''}`
      objects.push({ type: typeOf(node.t), name: escaped(name), bytes: bytesAt(node, moment), children: [] })
    }
  }
  return write(objects, strings)
}

interface SnapshotObject {
  readonly type: (typeof NODE_TYPES)[number]
  readonly name: string
  readonly bytes: number
  /** Index of each child in the objects, and the edge's name. */
  readonly children: [index: number, name: string][]
}

const GC_ROOTS = 1
const NODE_FIELDS = ['type', 'name', 'id', 'self_size', 'edge_count', 'trace_node_id', 'detachedness']
const EDGE_FIELDS = ['type', 'name_or_index', 'to_node']
const NODE_TYPES = [
  'hidden',
  'array',
  'string',
  'object',
  'code',
  'closure',
  'regexp',
  'number',
  'native',
  'synthetic',
  'concatenated string',
  'sliced string',
  'symbol',
  'bigint',
  'object shape',
] as const
const EDGE_TYPES = ['context', 'element', 'property', 'internal', 'hidden', 'shortcut', 'weak'] as const

/** The nearest of V8's types. Strings are objects here: DevTools would show a string's name as its contents. */
function typeOf(types = ''): SnapshotObject['type'] {
  const [first = ''] = types.split(' ')
  if (first === 'function') return 'closure'
  if (first === 'proto' || first === 'trace') return 'code'
  return first === 'cdata' || first === 'userdata' ? 'native' : 'object'
}

function write(objects: readonly SnapshotObject[], strings: Strings): string {
  const nodes: number[] = []
  const edges: number[] = []
  for (const [index, { type, name, bytes, children }] of objects.entries()) {
    // Ids of heap objects are odd in V8.
    nodes.push(NODE_TYPES.indexOf(type), strings.index(name), 2 * index + 1, bytes, children.length, 0, 0)
    for (const [child, edge] of children) {
      edges.push(EDGE_TYPES.indexOf('property'), strings.index(edge), child * NODE_FIELDS.length)
    }
  }
  const snapshot = {
    snapshot: {
      meta: {
        node_fields: NODE_FIELDS,
        node_types: [NODE_TYPES, 'string', 'number', 'number', 'number', 'number', 'number'],
        edge_fields: EDGE_FIELDS,
        edge_types: [EDGE_TYPES, 'string_or_number', 'node'],
        trace_function_info_fields: ['function_id', 'name', 'script_name', 'script_id', 'line', 'column'],
        trace_node_fields: ['id', 'function_info_index', 'count', 'size', 'children'],
        sample_fields: ['timestamp_us', 'last_assigned_id'],
        location_fields: ['object_index', 'script_id', 'line', 'column'],
      },
      node_count: objects.length,
      edge_count: edges.length / EDGE_FIELDS.length,
      trace_function_count: 0,
    },
    nodes,
    edges,
    trace_function_infos: [],
    trace_tree: [],
    samples: [],
    locations: [],
    strings: strings.all,
  }
  return `${JSON.stringify(snapshot)}\n`
}

class Strings {
  readonly all: string[] = []
  readonly #known = new Map<string, number>()

  index(text: string): number {
    let index = this.#known.get(text)
    if (index === undefined) {
      index = this.all.push(text) - 1
      this.#known.set(text, index)
    }
    return index
  }
}
