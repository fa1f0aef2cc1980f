/** One part of a process's memory, and the parts that it consists of: these sum to it exactly. */
export interface MemoryPart {
  readonly name: string
  /** Resident bytes. */
  readonly bytes: number
  /** Where nothing tells it further: how it was determined. */
  readonly how?: string
  /** The VM whose memory it is. */
  readonly vm?: string
  /** The reference path of the Lua heap that it is. */
  readonly place?: { readonly vm: string; readonly path: string }
  /** The largest first. */
  readonly parts: readonly MemoryPart[]
}
