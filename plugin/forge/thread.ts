/** Variables of the environment that the runner sets. */
export type RunnerEnv = Readonly<Record<string, string | undefined>>

/** A comment that is there. */
export interface Posted {
  readonly id: number
  /** Null where somebody made one without a text. */
  readonly body: string | null
}

/** The comments of one pull request. */
export interface Thread {
  /** `pull request 7 of owner/name` */
  readonly title: string
  /** All that are there, a page at a time. @throws ForgeError */
  pages(): AsyncIterable<readonly Posted[]>
  /** @throws ForgeError */
  create(body: string): Promise<void>
  /** @throws ForgeError */
  update(id: number, body: string): Promise<void>
}

/** What a job is about. */
export interface Job {
  /** Undefined where it is about no pull request. */
  readonly thread: Thread | undefined
  /** Whether the pull request comes from a fork, whose jobs may not write. */
  readonly isFromFork: boolean
  readonly commit: string | undefined
  /** URL of its log. */
  readonly log: string | undefined
  /** Whether it has failed so far; undefined where the runner does not say. */
  readonly hasFailed?: boolean
}
