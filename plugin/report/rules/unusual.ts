import type { MemoryPart } from '../../types/memory-part.js'
import type { Snapshot } from '../../types/snapshot.js'

/** What is out of the ordinary in one worker's memory. Texts are escaped. */
export interface Unusual {
  /** A sentence with the figures that show it. */
  readonly says: string
  /** What to do about it. */
  readonly remedy: string
  /** The VM that it is about. */
  readonly vm?: string
  /** Where it is on the Lua heap. */
  readonly place?: NonNullable<MemoryPart['place']>
}

/** Finds one kind of what is out of the ordinary; nothing where all is as usual. */
export type Rule = (snapshot: Snapshot) => readonly Unusual[]

/** From this share of the resident set on, something is worth a sentence. */
export const NOTABLE = 0.1
