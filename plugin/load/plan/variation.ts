import type { RequestSpec } from '../../types/request.js'
import { hasPlaceholder } from './placeholder.js'

/** Whether anything in a request differs from one time that it is sent to the next. */
export function isVarying({ path, body = '', headers = {} }: RequestSpec): boolean {
  return [path, body, ...Object.values(headers)].some((text) => hasPlaceholder(text))
}
