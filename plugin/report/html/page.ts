import type { MomentLabels, PathTree } from '../../types/path-tree.js'
import { PAGE_SCRIPT, PAGE_SCRIPT_HASH, PAGE_STYLE, PAGE_STYLE_HASH } from '../page-bundle.js'
import { scriptJson, text } from './markup.js'

/** A page of reports. */
export interface Page {
  readonly title: string
  /** Markup. */
  readonly body: string
  /** What `graphPlace` in the body shows. */
  readonly graph?: {
    readonly trees: readonly PathTree[]
    /** Default before, after. */
    readonly labels?: MomentLabels
  }
}

/** One self-contained file: opens from disk, asks no network, and its policy lets it ask none. */
export function htmlPage({ title, body, graph }: Page): string {
  const data = graph && scriptJson({ trees: graph.trees, labels: graph.labels ?? ['Before', 'After'] })
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '${PAGE_SCRIPT_HASH}'; style-src '${PAGE_STYLE_HASH}'; style-src-attr 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${text(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
${body}${data ? `<script type="application/json" id="graph-data">${data}</script>\n` : ''}<script>${PAGE_SCRIPT}</script>
</body>
</html>
`
}

/** Where the page's graph goes, with what a reader has to know of it. A heap of one moment has nothing that grew. */
export function graphPlace({ hasDifference = true }: { readonly hasDifference?: boolean } = {}): string {
  const legend = [...(hasDifference ? DIFFERENCE_LEGEND : []), ...TYPE_LEGEND]
  return `<p class="faint" id="graph-keys">Each box is a reference path, as wide as what is held by it and below it, the largest first. Click or Enter zooms, arrow keys move, Backspace and Home zoom out, / searches.</p>
<p class="legend">${legend.map(([name, colour]) => `<span><i class="swatch" style="background:var(--frame-${colour})"></i>${name}</span>`).join('')}</p>
<div id="graph"><noscript>The graph needs JavaScript; all else on this page does not.</noscript></div>
`
}

const DIFFERENCE_LEGEND = [
  ['grew (difference)', 'more'],
  ['shrank (difference)', 'less'],
] as const

const TYPE_LEGEND = [
  ['tables', 'table'],
  ['strings', 'string'],
  ['functions', 'function'],
  ['coroutines', 'thread'],
  ['other types', 'other'],
  ['smaller paths taken together', 'rest'],
] as const
