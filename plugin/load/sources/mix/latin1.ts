/** A text's UTF-8 bytes, one per character: the form in which targets are looked at. */
export function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
