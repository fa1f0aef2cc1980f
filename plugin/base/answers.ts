import { connect } from 'node:net'
import type { Address } from '../types/place.js'

/** True if something accepts connections there. */
export function answers(address: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const { kind, ...where } = address
    const socket = connect(where)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
