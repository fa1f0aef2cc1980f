import type { Place } from '../../types/added.js'
import { bareName } from '../source/file-name.js'

/** `handler.lua:3`, and a line of the conf as `nginx.conf:17`. */
export function placeWords({ source, file, line, shortFile }: Place): string {
  return file === null || line === null ? source : `${shortFile ?? bareName(file)}:${line}`
}
