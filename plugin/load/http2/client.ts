import type { HttpClient } from '../lane/http-client.js'
import { Http2Connection } from './connection.js'
import { type Http2Packet, http2Packet } from './packet.js'

/** Node's own HTTP/2: so many connections, each with so many streams at once. */
export const http2: HttpClient<Http2Packet> = {
  encode: http2Packet,
  members: ({ connections, keepAlive, streams }) => connections * (keepAlive ? streams : 1),
  async run(lane, { dial, connections, keepAlive, streams }) {
    const opened = Array.from({ length: connections }, () => new Http2Connection(lane, { dial, keepAlive, streams }))
    for (const connection of opened) connection.begin()
    await Promise.all(opened.map(({ done }) => done))
  },
}
