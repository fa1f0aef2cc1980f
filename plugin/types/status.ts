/** Statuses of answers from one to another, both included. */
export type StatusRange = readonly [from: number, to: number]
export type StatusRanges = readonly StatusRange[]
