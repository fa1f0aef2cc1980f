import type { GrowthUnit } from '../types/growth.js'

/** What is done to see a line: of what grows by connection requests are sent, too. */
export function watchedNoun(per: GrowthUnit = 'request'): string {
  return per === 'call' || per === 'session' || per === 'reload' ? per : 'request'
}
