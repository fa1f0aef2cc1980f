import type { Located } from '../../types/added.js'
import type { Growth } from '../../types/growth.js'
import { addedWords, frameLines, mayBeWords, whyWords } from '../words/added.js'
import { text } from './markup.js'

/** The lines that add to a growth, each with its source. */
export function addedParts(growth: Located & Pick<Growth, 'per'>, isInBytes: boolean): string {
  const unit = { per: growth.per, isInBytes }
  const places = (growth.addedAt ?? []).map((one) => {
    const frame = frameLines(one).map(text).join('\n')
    return `<div class="added">${text(addedWords(one, unit)).replaceAll('   ', '; ')}${frame === '' ? '' : `<pre>${frame}</pre>`}</div>`
  })
  const remarks = [whyWords(growth), mayBeWords(growth)].filter((words) => words !== undefined)
  return [...places, ...remarks.map((words) => `<div class="added">${text(words)}</div>`)].join('')
}
