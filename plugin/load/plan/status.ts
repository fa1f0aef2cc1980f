import type { StatusRanges } from '../../types/status.js'
import { LoadError } from '../error.js'

/** The statuses that count as expected unless something else is said. */
export const DEFAULT_EXPECTED = '200-399'

/** nginx's status for a request whose client closed the connection. */
export const CLIENT_CLOSED = 499

const RANGE = /^\s*(\d{3})(?:\s*-\s*(\d{3}))?\s*$/

/**
 * `'200-399,401'` as inclusive ranges: `[[200, 399], [401, 401]]`.
 * Throws a LoadError `LOAD_BAD_STATUS` for anything but three-digit statuses (100 to 599) and ascending ranges of them.
 */
export function parseStatusRanges(text: string): [number, number][] {
  return text.split(',').map((part): [number, number] => {
    const match = RANGE.exec(part)
    const from = Number(match?.[1])
    const to = Number(match?.[2] ?? match?.[1])
    if (match && from >= 100 && to <= 599 && from <= to) return [from, to]
    const seen = part.trim() === text.trim() ? `'${text}'` : `'${part.trim()}' in '${text}'`
    throw new LoadError(
      'LOAD_BAD_STATUS',
      `${seen} is no status range: write statuses from 100 to 599 and ascending ranges of them, such as 200-399,401`,
    )
  })
}

/** Whether one of the ranges holds `status`. */
export function allowsStatus(ranges: StatusRanges, status: number): boolean {
  return ranges.some(([from, to]) => status >= from && status <= to)
}
