/** `{n}`, `{uuid}` and `{random:1-1000}`, with the ends of the range. */
export const PLACEHOLDER = /\{(?:n|uuid|random:(-?\d+)-(-?\d+))\}/g

/** Whether a text differs from one time that it is sent to the next. */
export function hasPlaceholder(text: string): boolean {
  return text.search(PLACEHOLDER) >= 0
}
