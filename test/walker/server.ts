import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bootRuntime } from '../../plugin/runtime/boot.js'
import type { Runtime } from '../../plugin/types/runtime.js'

export interface Server extends AsyncDisposable {
  readonly runtime: Runtime
  /** The first worker. */
  readonly pid: number
  /** Body of GET `path`; throws unless it is 200. `alone`: no other request shares its connection, which a reload may be just closing. */
  get(path: string, options?: { readonly alone?: boolean }): Promise<string>
}

export interface ServerOptions {
  /** Location name -> Lua code of its content_by_lua_block. */
  readonly locations: Readonly<Record<string, string>>
  /** Further directives outside of any block. */
  readonly main?: string
  /** Further directives of the http block. */
  readonly http?: string
  readonly workers?: number
  /** Default: what this machine has. */
  readonly runtime?: 'local' | 'container'
  /** The image of a container, of docker/; default: the image that a user gets who names none. */
  readonly dockerfile?: string
}

/** Boots an nginx whose locations run the given Lua code. */
export async function serve(options: ServerOptions): Promise<Server> {
  const {
    locations,
    main = '',
    http = '',
    workers = 1,
    dockerfile,
    runtime: kind = dockerfile ? 'container' : 'local',
  } = options
  const folder = mkdtempSync(join(tmpdir(), 'walker-test-'))
  const blocks = Object.entries(locations).map(
    ([name, code]) => `location = ${name} { content_by_lua_block { ${code} } }`,
  )
  writeFileSync(
    join(folder, 'nginx.conf'),
    `${main}\nevents {}\nhttp {\n${http}\nserver { listen 127.0.0.1:18888;\n${blocks.join('\n')}\n} }\n`,
  )
  try {
    const runtime = await bootRuntime({
      conf: join(folder, 'nginx.conf'),
      workers,
      runtime: kind,
      ...(dockerfile && { dockerfile: fileURLToPath(new URL(`../../docker/${dockerfile}`, import.meta.url)) }),
    })
    const [first] = await runtime.workers()
    return {
      runtime,
      pid: first!.pid,
      get: async (path, { alone } = {}) => {
        const answer = await fetch(runtime.url + path, alone ? { headers: { connection: 'close' } } : {})
        if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}:\n${await runtime.errorLog()}`)
        return answer.text()
      },
      [Symbol.asyncDispose]: async () => {
        await runtime[Symbol.asyncDispose]()
        rmSync(folder, { recursive: true })
      },
    }
  } catch (error) {
    rmSync(folder, { recursive: true })
    throw error
  }
}
