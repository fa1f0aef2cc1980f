import { Graph } from './graph.js'
import type { GraphData } from './tree.js'

const place = document.getElementById('graph')
const data = document.getElementById('graph-data')?.textContent
if (place && data) {
  const graph = new Graph(place, JSON.parse(data) as GraphData)
  for (const button of document.querySelectorAll<HTMLElement>('button[data-path]')) {
    button.hidden = false
    button.addEventListener('click', () => graph.show(button.dataset.vm ?? '', button.dataset.path ?? ''))
  }
}
