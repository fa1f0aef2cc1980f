import type { RequestSpec } from '../../types/request.js'
import type { Lane } from './lane.js'
import type { LanePlan } from './lanes.js'

/** Makes of a request whose placeholders are filled what a client sends. */
export type Encode<Packet> = (request: RequestSpec, host: string, path: string) => Packet

/** Speaks one protocol. */
export interface HttpClient<Packet> {
  readonly encode: Encode<Packet>
  /** How many requests it may have under way in a lane. */
  members(plan: LanePlan): number
  /** Opens a lane's connections and resolves when all of them are closed again. */
  run(lane: Lane<Packet>, plan: LanePlan): Promise<void>
}
