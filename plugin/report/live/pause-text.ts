/** What a snapshot costs the worker: stated before it is taken, and as it was. Milliseconds. */
export interface Pause {
  readonly estimatedMs: number
  readonly measuredMs: number
}

/** `1.2 ms`, `56 ms` */
export function millisText(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}
