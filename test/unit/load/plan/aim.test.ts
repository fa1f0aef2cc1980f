import { expect, test } from 'vitest'
import { aim } from '../../../../plugin/load/plan/aim.js'

/** Publishes the conf's ports one hundred higher. */
const target = { url: 'http://127.0.0.1:8180', origin: (port: number) => `http://127.0.0.1:${port + 100}` }

test('sends a path to the first listen', () => {
  expect(aim({ path: '/t?x={n}' }, target)).toEqual({
    origin: 'http://127.0.0.1:8180',
    servername: undefined,
    host: '127.0.0.1:8180',
    path: '/t?x={n}',
  })
})

test("reaches a URL where its port is published and keeps the URL's host", () => {
  expect(aim({ path: 'http://api.test:9000/t/{uuid}?x=1#y' }, target)).toEqual({
    origin: 'http://127.0.0.1:9100',
    servername: undefined,
    host: 'api.test:9000',
    path: '/t/{uuid}?x=1',
  })
})

test('asks for the name of an https URL by SNI, but never for an address', () => {
  expect(aim({ path: 'https://api.test/?a' }, target)).toEqual({
    origin: 'https://127.0.0.1:543',
    servername: 'api.test',
    host: 'api.test',
    path: '/?a',
  })
  expect(aim({ path: 'https://[::1]:443' }, target)).toMatchObject({ servername: undefined, path: '/' })
  expect(aim({ path: 'https://10.0.0.1:8443?a' }, target)).toMatchObject({ servername: undefined, path: '/?a' })
})

test('lets a Host header win over the host of the URL, for SNI too', () => {
  const request = { path: 'https://a.test:8443/', headers: { host: 'b.test:8443' } }
  expect(aim(request, target)).toMatchObject({ host: 'b.test:8443', servername: 'b.test' })
})
