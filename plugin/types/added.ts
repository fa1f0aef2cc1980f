/** Where code is defined. */
export interface Place {
  /** `demo.lua:5`: bare file name and line. */
  readonly source: string
  /** From nginx's prefix, absolute where it lies outside or the prefix is not known; null for code that is in no file. */
  readonly file: string | null
  /** Of that file, from 1; null where there is no file. */
  readonly line: number | null
  /** The shortest end of the path that no other file of the heap has; absent where that is the bare name. */
  readonly shortFile?: string
}

/** A line of the user's code that adds to what grows, as it was seen in a second start. */
export interface AddedAt extends Place {
  /** Name of its function; null in a chunk, or where it has none. */
  readonly function: string | null
  /** What it added and nobody took out again, by request, in the unit of the growth's rounds: entries, objects or bytes. */
  readonly perRequest: number
  /** Requests (or calls, sessions, reloads) in which it did. */
  readonly requests: number
  /** How many of them were watched. */
  readonly watched: number
  /** Which of the plan's requests these were, where they were not all: those that add when they are sent alone. */
  readonly watchedRequests?: readonly string[]
  /** Class clock: the same by second. */
  readonly perSecond?: number
  /** Who called it, innermost first: chunk and line. */
  readonly stack: readonly string[]
  /** The innermost of them as a place: `nginx.conf:17`. */
  readonly calledFrom?: string
  /** The line and one around it, where its file can be read. */
  readonly excerpt?: Excerpt
}

export interface Excerpt {
  /** Number of the first of the lines. */
  readonly from: number
  readonly lines: readonly string[]
}

/** A line of code that stores into what grows, as its bytecode says. Nobody saw it run: other lines may be the ones that add. */
export interface MayBeAddedAt extends Place {
  /** Name of its function; null where none is known. */
  readonly function: string | null
}

/** What a growth says of the lines that add to it. */
export interface Located {
  /** Those that add most first, at most 5; empty where nothing can be told. Absent where nobody looked. */
  readonly addedAt?: readonly AddedAt[]
  /** Why nothing, or not all of it, can be told. */
  readonly addedAtWhy?: string
  /** Candidates from the heap alone, at most 5. Absent where lines were seen to add, or no candidate is known. */
  readonly mayBeAddedAt?: readonly MayBeAddedAt[]
}
