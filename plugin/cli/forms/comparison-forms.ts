import { compareHtml } from '../../report/compare/compare-html.js'
import { compareMarkdown } from '../../report/compare/compare-markdown.js'
import type { Comparison } from '../../types/compare/comparison.js'
import type { Forms } from './form.js'

/** The forms in which `compare`, and `diff` of stored results, write a comparison. */
export const COMPARISON_FORMS = {
  json: {
    help: 'write the comparison as JSON',
    text: (comparison) => `${JSON.stringify(comparison, null, 2)}\n`,
  },
  markdown: { help: 'write it as Markdown, for a pull request', text: compareMarkdown },
  html: { help: 'write it as one page, with a graph of both heaps', text: compareHtml },
} as const satisfies Forms<string, Comparison>

export type ComparisonForm = keyof typeof COMPARISON_FORMS
