import { createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { choosePorts } from '../../../../plugin/runtime/local/ports.js'

const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
})

async function occupiedPort(): Promise<number> {
  const server = createServer()
  servers.push(server)
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('no port')
  return address.port
}

async function freePort(): Promise<number> {
  const port = await occupiedPort()
  await new Promise((resolve) => servers.pop()!.close(resolve))
  return port
}

test('keeps a port that is free', async () => {
  const port = await freePort()
  expect(await choosePorts([port])).toEqual({ ports: new Map(), reasons: new Map() })
})

test('moves a port that is in use, and says so', async () => {
  const port = await occupiedPort()
  const { ports, reasons } = await choosePorts([port])
  expect(ports.get(port)).toBeGreaterThanOrEqual(1024)
  expect(ports.get(port)).not.toBe(port)
  expect(reasons.get(port)).toBe(`${port} is in use (EADDRINUSE)`)
})

test('moves each port below 1024 to one of its own', async () => {
  const { ports } = await choosePorts([80, 443])
  expect([...ports.keys()]).toEqual([80, 443])
  expect(new Set(ports.values()).size).toBe(2)
})

test('leaves the ports it chose free', async () => {
  const { ports } = await choosePorts([80])
  expect(await choosePorts([...ports.values()])).toEqual({ ports: new Map(), reasons: new Map() })
})
