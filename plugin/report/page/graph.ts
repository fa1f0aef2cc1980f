import { rememberShape, shapeOfAddress } from './address.js'
import { paint, ROW } from './canvas.js'
import { detailsOf, heaviest, lineOf, matchLine, type Weight, weightOf } from './details.js'
import { choice, element } from './dom.js'
import { amount, change, plain } from './figures.js'
import { type Frame, frameAt, layout, type Shape, Sorted } from './layout.js'
import { type Matches, search } from './search.js'
import { startOf } from './start.js'
import { Tip } from './tip.js'
import {
  changeOf,
  findPath,
  type GraphData,
  type GraphNode,
  growTree,
  type Measure,
  pathOf,
  type View,
} from './tree.js'

/** The graph of reference paths on a canvas: an icicle or a flame graph, its buttons, what is selected in words, and the heaviest paths as a list. */
export class Graph {
  readonly #data: GraphData
  readonly #root: GraphNode
  readonly #canvas = element('canvas', { tabindex: '0', role: 'img', 'aria-describedby': 'graph-keys' })
  readonly #box = element('div', { class: 'frames' }, this.#canvas)
  readonly #tip = new Tip()
  readonly #status = element('p', { class: 'status', 'aria-live': 'polite' })
  readonly #details = element('div', { class: 'details' })
  readonly #list = element('ol', { class: 'heaviest' })
  readonly #out = element('button', { type: 'button', class: 'out' }, 'Show all')
  readonly #search = element('input', {
    type: 'search',
    placeholder: 'Search paths and files ( / )',
    'aria-label': 'Search paths and files',
  })
  #view: View
  #measure: Measure = 'bytes'
  #weight: Weight = 'own'
  readonly #start: GraphNode
  #focus: GraphNode
  #selected: GraphNode
  #shape: Shape = shapeOfAddress()
  #matches: Matches | null = null
  #match = -1
  #sorted: Sorted
  #frames: readonly Frame[] = []
  #due = 0
  #reveals = false

  constructor(place: HTMLElement, data: GraphData) {
    this.#data = data
    this.#root = growTree(data)
    this.#view = changeOf(this.#root, 'bytes') === 0 || this.#root.all.bytes.before === 0 ? 'after' : 'difference'
    this.#sorted = new Sorted(this.#view, this.#measure)
    this.#start = startOf(this.#root, this.#sorted)
    this.#focus = this.#start
    this.#selected = this.#focus
    place.replaceChildren(this.#controls(), this.#status, this.#box, this.#tip.element, this.#below())
    this.#listen()
    this.#changed()
  }

  /** Zooms so that a path of the report is in sight, and selects it. */
  show(vm: string, path: string): void {
    this.#zoom(findPath(this.#root, vm, path))
    this.#canvas.focus()
    this.#canvas.scrollIntoView({ block: 'center' })
  }

  #controls(): HTMLElement {
    const { labels } = this.#data
    const views: [View, string][] =
      labels.length === 1
        ? []
        : [
            ['before', labels[0]],
            ['after', labels[1]],
            ['difference', 'Difference'],
          ]
    const measures = [
      ['bytes', 'Bytes'],
      ['objects', 'Objects'],
    ] as const
    const shapes = [
      ['icicle', 'Icicle'],
      ['flame', 'Flame graph'],
    ] as const
    this.#out.addEventListener('click', () => this.#zoom(this.#root))
    const set = (change: () => void) => {
      change()
      this.#sorted = new Sorted(this.#view, this.#measure)
      this.#changed()
    }
    return element(
      'div',
      { class: 'controls' },
      ...(views.length > 0 ? [choice('Moment', views, this.#view, (view) => set(() => (this.#view = view)))] : []),
      choice('Size by', measures, this.#measure, (measure) => set(() => (this.#measure = measure))),
      choice('Shape', shapes, this.#shape, (shape) => this.#turn(shape)),
      this.#search,
      this.#out,
    )
  }

  #below(): HTMLElement {
    const told = this.#data.trees.some(({ nodes }) => nodes.some(({ ret }) => ret))
    const weights: [Weight, string][] = [
      ['own', 'The path itself'],
      ['all', 'With all below'],
      ...(told ? [['retained', 'Retained'] satisfies [Weight, string]] : []),
    ]
    const rank = choice('Rank by', weights, this.#weight, (weight) => {
      this.#weight = weight
      this.#changed()
    })
    return element(
      'div',
      { class: 'below' },
      element('section', { class: 'selected' }, element('h3', {}, 'Selected path'), this.#details),
      element('section', {}, element('h3', {}, 'Heaviest paths in view'), rank, this.#list),
    )
  }

  #listen(): void {
    const canvas = this.#canvas
    canvas.addEventListener('click', (event) => {
      const frame = this.#at(event)
      if (frame)
        this.#zoom(frame.node === this.#focus && frame.node.parent ? frame.node.parent : frame.node, frame.node)
    })
    canvas.addEventListener('pointermove', (event) => this.#point(event))
    canvas.addEventListener('pointerleave', () => this.#tip.hide())
    canvas.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || !this.#key(event.key)) return
      event.preventDefault()
    })
    this.#search.addEventListener('input', () => this.#seek(this.#search.value))
    this.#search.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') this.#next(event.shiftKey ? -1 : 1)
      if (event.key !== 'Escape') return
      this.#search.value = ''
      this.#seek('')
      canvas.focus()
    })
    document.addEventListener('keydown', (event) => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return
      event.preventDefault()
      this.#search.focus()
    })
    new ResizeObserver(() => this.#draw()).observe(canvas.parentElement!)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw())
  }

  #at(event: MouseEvent): Frame | undefined {
    return frameAt(this.#frames, event.offsetX, Math.floor(event.offsetY / ROW))
  }

  #point(event: PointerEvent): void {
    const frame = this.#at(event)
    this.#canvas.style.cursor = frame ? 'pointer' : 'default'
    if (!frame || event.pointerType === 'touch') this.#tip.hide()
    else this.#tip.show(frame.node, { view: this.#view, measure: this.#measure }, event)
  }

  /** @returns whether the key meant something */
  #key(key: string): boolean {
    const at = this.#selected
    switch (key) {
      case 'ArrowRight':
        this.#select(this.#beside(at, 1))
        return true
      case 'ArrowLeft':
        this.#select(this.#beside(at, -1))
        return true
      case this.#shape === 'icicle' ? 'ArrowDown' : 'ArrowUp':
        this.#descend(at)
        return true
      case this.#shape === 'icicle' ? 'ArrowUp' : 'ArrowDown':
        this.#select(at.parent ?? at)
        return true
      case 'Enter':
      case ' ':
        this.#zoom(at)
        return true
      case 'Backspace':
        this.#zoom(this.#focus.parent ?? this.#root)
        return true
      case 'Escape':
      case 'Home':
        this.#zoom(this.#root)
        return true
      default:
        return false
    }
  }

  /** The box so many places to the right of another, of those that are drawn below the same path. */
  #beside(at: GraphNode, by: number): GraphNode {
    const frame = this.#frames.find(({ node }) => node === at)
    const row = this.#frames
      .filter(({ node, row }) => node.parent === at.parent && row === frame?.row)
      .sort((one, other) => one.x - other.x)
      .map(({ node }) => node)
    return row[row.indexOf(at) + by] ?? at
  }

  /** To the largest path below; where the box is too narrow for any to be drawn, it is zoomed first. */
  #descend(at: GraphNode): void {
    const [largest] = this.#sorted.childrenOf(at)
    if (!largest) return
    if (this.#frames.some(({ node }) => node === largest)) this.#select(largest)
    else this.#zoom(at, largest)
  }

  /** What the reader's keys chose; it is brought in sight. */
  #select(node: GraphNode): void {
    this.#selected = node
    if (!this.#frames.some((frame) => frame.node === node)) this.#focus = node.parent ?? node
    this.#changed()
  }

  #zoom(focus: GraphNode, selected = focus): void {
    this.#focus = focus
    this.#selected = selected
    this.#changed()
  }

  #turn(shape: Shape): void {
    this.#shape = shape
    rememberShape(shape)
    this.#changed()
  }

  #seek(words: string): void {
    this.#match = -1
    this.#matches = search(this.#root, words, this.#view, this.#measure)
    this.#changed()
  }

  #next(by: number): void {
    const { nodes } = this.#matches ?? { nodes: [] }
    if (nodes.length === 0) return
    const from = this.#match < 0 && by < 0 ? 0 : this.#match
    this.#match = (from + by + nodes.length) % nodes.length
    this.#zoom(nodes[this.#match]!)
  }

  #changed(): void {
    this.#details.replaceChildren(...detailsOf(this.#selected, this.#data, this.#view, this.#measure))
    this.#status.textContent = this.#said()
    this.#out.disabled = this.#focus === this.#root
    this.#canvas.setAttribute(
      'aria-label',
      `Heap by reference path. ${lineOf(this.#selected, this.#view, this.#measure)}`,
    )
    const heavy = heaviest(this.#focus, this.#view, this.#measure, this.#weight)
    this.#list.replaceChildren(...heavy.map((node) => this.#listed(node)))
    this.#draw({ reveals: true })
  }

  #said(): string {
    const [view, measure] = [this.#view, this.#measure]
    if (this.#matches) return matchLine(this.#matches, this.#root, { view, measure, shown: this.#match })
    const line = lineOf(this.#selected, view, measure)
    const isStart = this.#selected === this.#start && this.#focus === this.#start && this.#start !== this.#root
    return isStart ? `${line}. The graph begins here; “Show all” goes out to the roots.` : line
  }

  #listed(node: GraphNode): HTMLElement {
    const weight = weightOf(node, this.#view, this.#measure, this.#weight)
    const figure = this.#view === 'difference' ? change(weight, this.#measure) : amount(weight, this.#measure)
    const button = element('button', { type: 'button', class: 'path' }, plain(pathOf(node)))
    button.addEventListener('click', () => this.#zoom(node))
    return element('li', {}, element('span', { class: weight < 0 ? 'figure less' : 'figure' }, figure), button)
  }

  #draw({ reveals = false } = {}): void {
    this.#frames = layout(this.#focus, this.#canvas.clientWidth, this.#sorted, this.#shape)
    this.#reveals ||= reveals
    // Painted at most once a frame of the screen.
    this.#due ||= requestAnimationFrame(() => {
      this.#due = 0
      paint(this.#canvas, {
        frames: this.#frames,
        view: this.#view,
        measure: this.#measure,
        selected: this.#selected,
        found: this.#matches?.marked ?? null,
      })
      if (this.#reveals) this.#reveal()
      this.#reveals = false
    })
  }

  /** A picture that is higher than its place begins at its root; from there it is scrolled as little as shows what is selected. */
  #reveal(): void {
    const { clientHeight, scrollHeight } = this.#box
    const row = this.#frames.find(({ node }) => node === this.#selected)?.row ?? 0
    const rootEnd = this.#shape === 'icicle' ? 0 : scrollHeight
    this.#box.scrollTop = Math.max((row + 1) * ROW + PADDING - clientHeight, Math.min(row * ROW, rootEnd))
  }
}

/** Of the box around the canvas, both sides together. */
const PADDING = 8
