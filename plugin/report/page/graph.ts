import { paint, ROW } from './canvas.js'
import { detailsOf, heaviest, lineOf, type Weight, weightOf } from './details.js'
import { choice, element } from './dom.js'
import { amount, change, plain } from './figures.js'
import { type Frame, frameAt, layout, Sorted } from './layout.js'
import {
  changeOf,
  everyNode,
  findPath,
  type GraphData,
  type GraphNode,
  growTree,
  type Measure,
  pathOf,
  sizeOf,
  type View,
} from './tree.js'

/** The graph of reference paths: an icicle on a canvas, with its buttons, what is selected in words, and the heaviest paths as a list. */
export class Graph {
  readonly #data: GraphData
  readonly #root: GraphNode
  readonly #canvas = element('canvas', { tabindex: '0', role: 'img', 'aria-describedby': 'graph-keys' })
  readonly #tip = element('div', { class: 'tip', hidden: '' })
  readonly #status = element('p', { class: 'status', 'aria-live': 'polite' })
  readonly #details = element('div', { class: 'details' })
  readonly #list = element('ol', { class: 'heaviest' })
  readonly #search = element('input', {
    type: 'search',
    placeholder: 'Search paths and files ( / )',
    'aria-label': 'Search paths and files',
  })
  #view: View
  #measure: Measure = 'bytes'
  #weight: Weight = 'own'
  #focus: GraphNode
  #selected: GraphNode
  #found: Set<GraphNode> | null = null
  #matches: readonly GraphNode[] = []
  #match = -1
  #sorted: Sorted
  #frames: readonly Frame[] = []
  #due = 0

  constructor(place: HTMLElement, data: GraphData) {
    this.#data = data
    this.#root = growTree(data)
    this.#focus = this.#root
    this.#selected = this.#root
    this.#view = changeOf(this.#root, 'bytes') === 0 || this.#root.all.bytes.before === 0 ? 'after' : 'difference'
    this.#sorted = new Sorted(this.#view, this.#measure)
    place.replaceChildren(
      this.#controls(),
      this.#status,
      element('div', { class: 'frames' }, this.#canvas),
      this.#tip,
      this.#below(),
    )
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
    const out = element('button', { type: 'button', class: 'out' }, 'Show all')
    out.addEventListener('click', () => this.#zoom(this.#root))
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
      this.#search,
      out,
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
    canvas.addEventListener('pointerleave', () => (this.#tip.hidden = true))
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
    this.#tip.hidden = !frame || event.pointerType === 'touch'
    if (!frame || this.#tip.hidden) return
    const { node, narrow } = frame
    this.#tip.textContent = narrow
      ? `${narrow.toLocaleString('en-US')} narrow paths below ${plain(pathOf(node))}: click to zoom`
      : lineOf(node, this.#view, this.#measure)
    this.#tip.style.left = `${Math.max(8, Math.min(event.clientX + 12, innerWidth - this.#tip.offsetWidth - 8))}px`
    this.#tip.style.top = `${Math.min(event.clientY + 16, innerHeight - this.#tip.offsetHeight - 8)}px`
  }

  /** @returns whether the key meant something */
  #key(key: string): boolean {
    const at = this.#selected
    const visible = this.#sorted.childrenOf(at.parent ?? at)
    const beside = (by: number) => visible[visible.indexOf(at) + by] ?? at
    switch (key) {
      case 'ArrowRight':
        this.#select(at.parent ? beside(1) : at)
        return true
      case 'ArrowLeft':
        this.#select(at.parent ? beside(-1) : at)
        return true
      case 'ArrowDown':
        this.#select(this.#sorted.childrenOf(at)[0] ?? at)
        return true
      case 'ArrowUp':
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

  /** What the reader's keys or clicks chose; it is brought in sight. */
  #select(node: GraphNode): void {
    this.#selected = node
    if (!this.#frames.some((frame) => frame.node === node && frame.narrow === 0)) this.#focus = node.parent ?? node
    this.#changed()
  }

  #zoom(focus: GraphNode, selected = focus): void {
    this.#focus = focus
    this.#selected = selected
    this.#changed()
  }

  #seek(text: string): void {
    const wanted = text.trim().toLowerCase()
    this.#match = -1
    this.#matches = wanted === '' ? [] : this.#matching(wanted)
    this.#found = wanted === '' ? null : new Set()
    for (const match of this.#matches) {
      for (let at: GraphNode | null = match; at && !this.#found!.has(at); at = at.parent) this.#found!.add(at)
    }
    this.#changed()
  }

  /** A path matches by its own step or file, or where the words reach over several steps by its end. */
  #matching(wanted: string): GraphNode[] {
    const several = /[.[^{(].*[.[^{(]/.test(wanted)
    const matches: GraphNode[] = []
    for (const node of everyNode(this.#root)) {
      if (node === this.#root) continue
      const text = several ? pathOf(node) : node.name
      const hit = several ? text.toLowerCase().endsWith(wanted) : text.toLowerCase().includes(wanted)
      if (hit || node.source.toLowerCase().includes(wanted)) matches.push(node)
    }
    return matches.sort(
      (one, other) => sizeOf(other, this.#view, this.#measure) - sizeOf(one, this.#view, this.#measure),
    )
  }

  #next(by: number): void {
    if (this.#matches.length === 0) return
    this.#match = (this.#match + by + this.#matches.length) % this.#matches.length
    this.#zoom(this.#matches[this.#match]!)
  }

  #changed(): void {
    this.#details.replaceChildren(...detailsOf(this.#selected, this.#data))
    this.#status.textContent = this.#found
      ? `${this.#matches.length.toLocaleString('en-US')} paths match${this.#match >= 0 ? `, ${this.#match + 1} of them shown` : ''}`
      : lineOf(this.#selected, this.#view, this.#measure)
    this.#canvas.setAttribute(
      'aria-label',
      `Heap by reference path. ${lineOf(this.#selected, this.#view, this.#measure)}`,
    )
    const paths = heaviest(this.#focus, this.#view, this.#measure, this.#weight)
    this.#list.replaceChildren(...paths.map((node) => this.#listed(node)))
    this.#draw()
  }

  #listed(node: GraphNode): HTMLElement {
    const weight = weightOf(node, this.#view, this.#measure, this.#weight)
    const figure = this.#view === 'difference' ? change(weight, this.#measure) : amount(weight, this.#measure)
    const button = element('button', { type: 'button', class: 'path' }, plain(pathOf(node)))
    button.addEventListener('click', () => this.#zoom(node))
    return element('li', {}, element('span', { class: weight < 0 ? 'figure less' : 'figure' }, figure), button)
  }

  /** At most once a frame of the screen. */
  #draw(): void {
    if (this.#due) return
    this.#due = requestAnimationFrame(() => {
      this.#due = 0
      this.#frames = layout(this.#focus, this.#canvas.clientWidth, this.#sorted)
      paint(this.#canvas, {
        frames: this.#frames,
        view: this.#view,
        measure: this.#measure,
        selected: this.#selected,
        found: this.#found,
      })
    })
  }
}
