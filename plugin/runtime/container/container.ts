import { readdir, readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname } from 'node:path'
import { PassThrough } from 'node:stream'
import {
  type ContainerRuntimeClient,
  GenericContainer,
  getContainerRuntimeClient,
  ImageName,
  type StartedTestContainer,
  Wait,
} from 'testcontainers'
import { RuntimeError } from '../../base/runtime-error.js'
import type {
  ContainerEngine,
  ContainerFile,
  ContainerSpec,
  EngineContainer,
  ExecOutcome,
  RunningContainer,
} from '../../types/container-engine.js'
import type { Runtime, RuntimeOptions } from '../../types/runtime.js'
import { LogTally } from '../log/log-tally.js'
import { LongText } from '../log/long-text.js'
import { connectEngine } from './connect-engine.js'
import { bootContainer } from './container-boot.js'
import { type EngineHost, engineHost } from './engine-host.js'
import { PID_LABEL, removeForgotten } from './forgotten.js'

/** How long the engine may take to start a container whose image is here; it takes a quarter of a second. */
const startupTimeoutMs = 20_000

/** True if a container engine answers, else why not. */
export async function containerEngineAvailable(): Promise<true | string> {
  try {
    await engineOfProcess.client()
    return true
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/**
 * Boots the user's conf in a container: his image, or OpenResty's own.
 * Throws a RuntimeError; a start that failed leaves no container behind.
 */
export async function startContainer(options: RuntimeOptions): Promise<Runtime> {
  const client = await engineOfProcess.client()
  return bootContainer(engineOf(client, await engineHost(client.info.containerRuntime.host)), options)
}

/** The engine of this process. Asked once until it answers, since the library keeps what it was told the first time. */
class ProcessEngine {
  #client: Promise<ContainerRuntimeClient> | undefined

  client(): Promise<ContainerRuntimeClient> {
    this.#client ??= this.#connect().catch((error: unknown) => {
      this.#client = undefined
      throw error
    })
    return this.#client
  }

  async #connect(): Promise<ContainerRuntimeClient> {
    const client = await connectEngine({
      connect: getContainerRuntimeClient,
      socketOf: ({ container: { dockerode } }) => (dockerode.modem as { readonly socketPath?: string }).socketPath,
    })
    void removeForgotten(client.container.dockerode)
    return client
  }
}

const engineOfProcess = new ProcessEngine()

/**
 * A container that runs already, by id or name.
 * Throws RuntimeError `RUNTIME_NO_ENGINE`, or `RUNTIME_STOPPED` where none of that name runs.
 */
export async function runningContainer(idOrName: string): Promise<RunningContainer> {
  const { container: engine } = await engineOfProcess.client()
  const container = engine.getById(idOrName)
  const facts = await engineWords(container.inspect()).catch((cause: unknown) => {
    throw new RuntimeError('RUNTIME_STOPPED', `cannot attach to container ${idOrName}: ${(cause as Error).message}`, {
      cause,
    })
  })
  if (!facts.State.Running) {
    throw new RuntimeError(
      'RUNTIME_STOPPED',
      `cannot attach to container ${idOrName}: it is ${facts.State.Status}, not running.`,
    )
  }
  const { Architecture } = await engineWords(engine.dockerode.getImage(facts.Image).inspect())
  return {
    name: facts.Name.replace(/^\//, ''),
    architecture: Architecture === 'amd64' ? 'x64' : Architecture,
    exec: (command, user) => execIn(command, engine.exec(container, [...command], { user: String(user) })),
    put: async (folder, archive) => {
      await engineWords(container.putArchive(Buffer.from(archive), { path: folder }))
    },
  }
}

async function execIn(command: readonly string[], done: Promise<ExecOutcome>): Promise<ExecOutcome> {
  try {
    return await engineWords(done)
  } catch (cause) {
    throw new RuntimeError(
      'RUNTIME_STOPPED',
      `cannot run ${command[0]} in the container: ${(cause as Error).message}`,
      { cause },
    )
  }
}

function engineOf(client: ContainerRuntimeClient, host: EngineHost): ContainerEngine {
  const { dockerode } = client.container
  return {
    has: (image) => client.image.exists(ImageName.fromString(image)),
    async pull(image) {
      const name = ImageName.fromString(image)
      await engineWords(client.image.pull(name))
      // An error in the middle of the transfer ends the pull without a word.
      if (!(await client.image.exists(name))) throw new Error('the transfer broke off')
    },
    async build(dockerfile, image, context) {
      const folder = dirname(dockerfile)
      const src = context === 'folder' ? await readdir(folder) : [basename(dockerfile)]
      // Not testcontainers' own build: it hides the failing step, needs its reaper's image, and hangs on a Dockerfile that the engine rejects.
      const options = { dockerfile: basename(dockerfile), t: image, forcerm: true }
      const progress = await engineWords(dockerode.buildImage({ context: folder, src }, options))
      await new Promise<void>((resolve, reject) =>
        dockerode.modem.followProgress(progress, (broken: Error | null, steps: readonly { error?: string }[]) => {
          const failed = steps.find(({ error }) => error !== undefined)
          if (broken) reject(broken)
          else if (failed) reject(new Error(failed.error))
          else resolve()
        }),
      )
    },
    architecture: async (image) => (await client.image.inspect(ImageName.fromString(image))).Architecture,
    async start(spec) {
      const held = new HeldContainer(client, host, spec)
      try {
        return await held.control(await engineWords(held.start()))
      } catch (error) {
        await held.remove()
        throw error
      }
    },
  }
}

/** A container whose first process hears on its stdin when this process is gone, and which the engine removes once it has ended. */
class HeldContainer extends GenericContainer {
  readonly #client: ContainerRuntimeClient
  readonly #host: EngineHost
  #id: string | undefined
  #input: NodeJS.ReadWriteStream | undefined
  readonly #errorOutput = new LongText()
  readonly #errors = new LogTally()
  readonly #ended: Promise<void>
  #end: () => void = () => {}

  constructor(client: ContainerRuntimeClient, host: EngineHost, spec: ContainerSpec) {
    super(spec.image)
    this.#client = client
    this.#host = host
    this.#ended = new Promise((resolve) => {
      this.#end = resolve
    })
    this.withEntrypoint(['/bin/sh', '-c', spec.script])
      .withCommand([])
      .withEnvironment({ ...spec.env })
      .withExposedPorts(...spec.ports)
      .withAddedCapabilities('SYS_PTRACE')
      .withTmpFs({ [spec.scratchDir]: 'rw,mode=1777' })
      .withLabels({ [PID_LABEL]: String(process.pid), 'vitest-openresty-leak.host': hostname() })
      .withCopyFilesToContainer(copies(spec.files))
      .withCopyContentToContainer(contents(spec.files))
      .withWaitStrategy(Wait.forSuccessfulCommand('true'))
      .withStartupTimeout(startupTimeoutMs)
      // The reaper is one more image to pull, and it takes ten seconds where stdin takes none.
      .withAutoCleanup(false)
    Object.assign(this.createOpts, { OpenStdin: true, StdinOnce: true, AttachStdin: true })
    this.hostConfig.AutoRemove = true
    this.hostConfig.PortBindings = Object.fromEntries(
      spec.ports.map((port) => [`${port}/tcp`, [{ HostIp: host.bind, HostPort: '0' }]]),
    )
  }

  protected override async containerCreated(id: string): Promise<void> {
    this.#id = id
    const { dockerode } = this.#client.container
    const stream = await dockerode
      .getContainer(id)
      .attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true })
    const stderr = new PassThrough({ encoding: 'utf8' })
    stderr.on('data', (text: string) => {
      this.#errorOutput.push(text)
      this.#errors.push(text)
    })
    dockerode.modem.demuxStream(stream, new PassThrough().resume(), stderr)
    // A connection that breaks tells the same as one that ends.
    stream.on('error', this.#end).on('end', this.#end).on('close', this.#end)
    this.#input = stream
  }

  /** Ends and removes the container, and waits until it is gone. Does nothing where there is none. */
  async remove(): Promise<void> {
    if (this.#id === undefined) return
    const container = this.#client.container.dockerode.getContainer(this.#id)
    // 404: gone. 409: the engine is removing it already.
    await unless([404, 409], container.remove({ force: true, v: true }))
    await unless([404], container.wait({ condition: 'removed' }))
    this.#input?.end()
  }

  async control(started: StartedTestContainer): Promise<EngineContainer> {
    const id = started.getId()
    const { State } = await this.#client.container.dockerode.getContainer(id).inspect()
    return {
      id,
      hostPid: await pidHere(State.Pid, id),
      host: this.#host.host,
      hostPort: (port) => started.getMappedPort(port),
      exec: (command, user) =>
        execIn(command, started.exec([...command], user === undefined ? {} : { user: String(user) })),
      async write(files) {
        await started.copyFilesToContainer(copies(files))
        await started.copyContentToContainer(contents(files))
      },
      send: (line) => {
        this.#input?.write(`${line}\n`)
      },
      errorOutput: () => this.#errorOutput.text,
      complaints: () => this.#errors.complaints,
      ended: this.#ended,
      signal: async (signal) => {
        await this.#client.container.dockerode.getContainer(id).kill({ signal })
      },
      [Symbol.asyncDispose]: () => this.remove(),
    }
  }
}

/** The pid if it is that of the container here, too: an engine may be in a virtual machine or on another host, where it is that of something else. */
async function pidHere(pid: number, containerId: string): Promise<number | null> {
  const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '')
  return groups.includes(containerId) ? pid : null
}

/** An engine's own words, without the HTTP status that its client puts before them. */
async function engineWords<T>(done: Promise<T>): Promise<T> {
  try {
    return await done
  } catch (cause) {
    throw new Error((cause as Error).message.replace(/^\(HTTP code \d+\) [^-]* - /, '').trim(), { cause })
  }
}

const copies = (files: readonly ContainerFile[]) => files.filter((file) => 'source' in file)
const contents = (files: readonly ContainerFile[]) => files.filter((file) => 'content' in file)

async function unless(expected: readonly number[], done: Promise<unknown>): Promise<void> {
  try {
    await done
  } catch (error) {
    const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
    if (!expected.some((code) => code === status)) throw error
  }
}
