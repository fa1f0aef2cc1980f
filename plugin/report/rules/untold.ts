import { percent, size } from '../../base/number.js'
import { sumBy } from '../../base/sum.js'
import { NOTABLE, type Rule } from './unusual.js'

/** What no row explains. */
export const untold: Rule = ({ process: { rss, rows = [] } }) => {
  const others = rows.filter(({ category }) => category === 'other')
  const bytes = sumBy(others, (row) => row.bytes)
  if (bytes <= rss * NOTABLE) return []
  return [
    {
      says: `${size(bytes)}, ${percent(bytes / rss)}, could not be told apart: it is in the rows under "other".`,
      remedy:
        'It was mapped by neither Lua nor malloc: look for a library with an allocator of its own; /proc/PID/smaps has the mappings one by one.',
    },
  ]
}
