import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { namedEngine } from '../../../../plugin/runtime/container/named-engine.js'

const BOX = 'ssh://ci@box'
const id = (name: string) => createHash('sha256').update(name).digest('hex')

/** A home folder with contexts as docker keeps them, each with the address of its engine. */
function aHome({
  current,
  contexts = {},
  files = {},
}: {
  readonly current?: string
  readonly contexts?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
}): string {
  const home = mkdtempSync(join(tmpdir(), 'home-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  const write = (path: string, text: string) => {
    mkdirSync(join(home, path, '..'), { recursive: true })
    writeFileSync(join(home, path), text)
  }
  if (current !== undefined) write('.docker/config.json', JSON.stringify({ auths: {}, currentContext: current }))
  for (const [Name, Host] of Object.entries(contexts)) {
    write(`.docker/contexts/meta/${id(Name)}/meta.json`, JSON.stringify({ Name, Endpoints: { docker: { Host } } }))
  }
  for (const [path, text] of Object.entries(files)) write(path, text)
  return home
}

test('no engine is named where nothing names one, nor by a context that means none', () => {
  expect(namedEngine({}, aHome({}))).toBeUndefined()
  expect(namedEngine({}, aHome({ current: 'default' }))).toBeUndefined()
  const pipe = 'npipe:////./pipe/dockerDesktopLinuxEngine'
  expect(namedEngine({}, aHome({ current: 'desktop', contexts: { desktop: pipe } }))).toBeUndefined()
  expect(namedEngine({ DOCKER_CONTEXT: 'default' }, aHome({ current: 'box', contexts: { box: BOX } }))).toBeUndefined()
})

test('the context that docker uses names the engine, DOCKER_CONTEXT another one, and DOCKER_HOST goes before both', () => {
  const home = aHome({ current: 'box', contexts: { box: BOX, near: 'unix:///run/near.sock' } })
  expect(namedEngine({}, home)).toMatchObject({ address: BOX, told: `${BOX} of docker's context box` })
  expect(namedEngine({ DOCKER_CONTEXT: 'near' }, home)?.address).toBe('unix:///run/near.sock')
  expect(namedEngine({ DOCKER_CONTEXT: 'near', DOCKER_HOST: 'tcp://far:2375' }, home)).toEqual({
    address: 'tcp://far:2375',
    told: 'DOCKER_HOST=tcp://far:2375',
    instead: 'unset DOCKER_HOST to use the one of this machine',
  })
  expect(namedEngine({ DOCKER_CONFIG: join(home, '.docker') }, aHome({}))?.address).toBe(BOX)
})

test('a context with a certificate is used with it', () => {
  const tls = `.docker/contexts/tls/${id('box')}/docker`
  const home = aHome({ current: 'box', contexts: { box: 'tcp://box:2376' }, files: { [`${tls}/cert.pem`]: '' } })
  expect(namedEngine({}, home)?.certPath).toBe(join(home, tls))
})

test('an engine that the library is told of goes before the context that docker uses', () => {
  const files = { '.testcontainers.properties': '# mine\ndocker.host = tcp://far:2375\n' }
  expect(namedEngine({}, aHome({ current: 'box', contexts: { box: BOX }, files }))).toBeUndefined()
})

test('a context that is not there is an error that names it', () => {
  expect(() => namedEngine({ DOCKER_CONTEXT: 'gone' }, aHome({}))).toThrow(
    expect.objectContaining({ code: 'RUNTIME_NO_ENGINE', message: expect.stringContaining("docker's context gone") }),
  )
})
