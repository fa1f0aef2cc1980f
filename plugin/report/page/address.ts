import type { Shape } from './layout.js'

const KEY = 'graph'

/** The shape that the page's address asks for: a link that ends with `#graph=flame` opens the graph so. */
export function shapeOfAddress(): Shape {
  return new URLSearchParams(location.hash.slice(1)).get(KEY) === 'flame' ? 'flame' : 'icicle'
}

/** Remembers the shape in the address, which is all that a page from a disk may keep; what else stands there stays. */
export function rememberShape(shape: Shape): void {
  const said = new URLSearchParams(location.hash.slice(1))
  if (shape === 'flame') said.set(KEY, shape)
  else said.delete(KEY)
  // The history of the browser gets no step of its own: to go back leaves the page.
  history.replaceState(history.state, '', `#${said}`)
}
