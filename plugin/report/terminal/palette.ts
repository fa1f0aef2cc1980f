import picocolors from 'picocolors'

/** What colours mean in the reports; each function returns its text unchanged where colour is off. */
export interface Palette {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly unsure: (text: string) => string
  readonly strong: (text: string) => string
  readonly faint: (text: string) => string
}

/** The caller decides whether its output is a terminal: nothing is detected here. */
export function palette(colour: boolean): Palette {
  const { green, red, yellow, bold, dim } = picocolors.createColors(colour)
  return { good: green, bad: red, unsure: yellow, strong: bold, faint: dim }
}
