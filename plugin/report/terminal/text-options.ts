/** How a text is shown. */
export interface TextOptions {
  /** ANSI colours. Default false. */
  readonly colour?: boolean
  /** Columns of the terminal; lines are broken to fit. Default: lines are as long as they are, as a file or a pipe takes them. */
  readonly width?: number
}

export const ANY_WIDTH = Number.POSITIVE_INFINITY
