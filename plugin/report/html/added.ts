import type { Located } from '../../types/added.js'
import type { Growth } from '../../types/growth.js'
import { addedFacts, addedRemarks, frameLines } from '../words/added.js'
import { text } from './markup.js'

/** The lines that add to a growth, each with its source. */
export function addedParts(growth: Located & Pick<Growth, 'per'>, isInBytes: boolean): string {
  const unit = { per: growth.per, isInBytes }
  const places = (growth.addedAt ?? []).map((one) => {
    const frame = frameLines(one).map(text).join('\n')
    return `<div class="added">${text(addedFacts(one, unit).join('; '))}${frame === '' ? '' : `<pre>${frame}</pre>`}</div>`
  })
  return [...places, ...addedRemarks(growth).map((words) => `<div class="added">${text(words)}</div>`)].join('')
}
