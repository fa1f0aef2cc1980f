import { figuresOf, heldOf } from './details.js'
import { element } from './dom.js'
import { plain } from './figures.js'
import { type GraphNode, type Measure, pathOf, type View } from './tree.js'

/** What the graph tells of the box below the pointer. */
export class Tip {
  readonly element = element('div', { class: 'tip', hidden: '' })

  hide(): void {
    this.element.hidden = true
  }

  /** Beside the pointer, and never beyond the window. */
  show(node: GraphNode, { view, measure }: { readonly view: View; readonly measure: Measure }, at: MouseEvent): void {
    const { element: tip } = this
    const lines = [...figuresOf(node, view, measure), ...heldOf(node), ...(node.isFold ? ['a click opens them'] : [])]
    tip.replaceChildren(
      element('div', { class: 'path' }, plain(pathOf(node))),
      ...lines.map((line) => element('div', {}, line)),
    )
    tip.hidden = false
    tip.style.left = `${Math.max(8, Math.min(at.clientX + 12, innerWidth - tip.offsetWidth - 8))}px`
    tip.style.top = `${Math.max(8, Math.min(at.clientY + 16, innerHeight - tip.offsetHeight - 8))}px`
  }
}
