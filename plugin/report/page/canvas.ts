import { amount, plain } from './figures.js'
import { type Frame, rowsOf } from './layout.js'
import { changeOf, type GraphNode, type Measure, sizeOf, type View } from './tree.js'

export const ROW = 24

export interface Picture {
  readonly frames: readonly Frame[]
  readonly view: View
  readonly measure: Measure
  readonly selected: GraphNode
  /** What a search found; null where nothing is searched for. */
  readonly found: ReadonlySet<GraphNode> | null
}

/** Draws the frames. Colours come from the page's style, so that they follow its light or dark scheme. */
export function paint(canvas: HTMLCanvasElement, { frames, view, measure, selected, found }: Picture): void {
  const width = canvas.clientWidth
  const height = rowsOf(frames) * ROW
  const ratio = window.devicePixelRatio || 1
  canvas.style.height = `${height}px`
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio)
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio)
  const context = canvas.getContext('2d')!
  const style = getComputedStyle(canvas)
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim()
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, width, height)
  context.font = '12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace'
  context.textBaseline = 'middle'
  const letter = context.measureText('m').width
  const most = frames.reduce((most, { node }) => Math.max(most, Math.abs(changeOf(node, measure))), 1)
  const isFaint = (node: GraphNode) =>
    found !== null && !(node.isFold ? node.children : [node]).some((one) => found.has(one))
  for (const frame of frames) {
    const { node, x, row } = frame
    const y = row * ROW
    const inner = Math.max(0.5, frame.width - 1)
    const faint = isFaint(node)
    context.globalAlpha = faint ? 0.3 : 1
    context.fillStyle = colour(node.isFold || node.more ? 'frame-rest' : 'frame-none')
    context.fillRect(x, y, inner, ROW - 1)
    if (view === 'difference') {
      const changed = changeOf(node, measure)
      // The root of the share: a change of a hundredth of the largest must still be seen.
      context.globalAlpha *= Math.sqrt(Math.abs(changed) / most)
      context.fillStyle = colour(changed > 0 ? 'frame-more' : 'frame-less')
      context.fillRect(x, y, inner, ROW - 1)
    } else if (!node.more && node.types) {
      context.fillStyle = colour(`frame-${kindOf(node)}`)
      context.fillRect(x, y, inner, ROW - 1)
    }
    context.globalAlpha = faint ? 0.5 : 1
    if (node === selected) {
      context.strokeStyle = colour('focus')
      context.lineWidth = 2
      context.strokeRect(x + 1, y + 1, Math.max(1, inner - 2), ROW - 3)
    }
    const letters = Math.floor((inner - 8) / letter)
    if (letters < 2) continue
    const label = node.isFold ? `${node.name}: ${amount(sizeOf(node, view, measure), measure)}` : plain(node.name)
    context.fillStyle = colour('frame-text')
    context.fillText(label.length > letters ? `${label.slice(0, letters - 1)}…` : label, x + 5, y + ROW / 2)
  }
  context.globalAlpha = 1
}

/** The colour of a path's largest type. */
function kindOf({ types }: GraphNode): string {
  const [first = ''] = types.split(' ')
  return ['table', 'string', 'function', 'thread'].includes(first) ? first : 'other'
}
