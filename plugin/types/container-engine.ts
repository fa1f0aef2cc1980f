import type { LogComplaints } from './log.js'

/** What the container runtime asks of an engine; container.ts has the only implementation. */
export interface ContainerEngine {
  /** Whether the image is here already. */
  has(image: string): Promise<boolean>
  /** Throws with the engine's own words. */
  pull(image: string): Promise<void>
  /** Builds `dockerfile`, with its folder as context, as `image`. Throws with the text of the step that failed. */
  build(dockerfile: string, image: string, context: 'folder' | 'none'): Promise<void>
  /** The image's CPU as the engine names it: `amd64`, `arm64`, ... */
  architecture(image: string): Promise<string>
  /** Runs `script` as the first process of a new container that does not outlive this process. */
  start(spec: ContainerSpec): Promise<EngineContainer>
}

export interface ContainerSpec {
  readonly image: string
  /** Ports of the container to publish, each on a free port: of 127.0.0.1 where the engine is on this machine. */
  readonly ports: readonly number[]
  readonly env: Readonly<Record<string, string>>
  /** In place before the script runs. */
  readonly files: readonly ContainerFile[]
  /** A POSIX shell script. Its stdin is open until this process closes it or ends, however it ends. */
  readonly script: string
  /** Writable by everybody, gone with the container. */
  readonly scratchDir: string
}

/** A file of the container, owned by root: a copy of `source`, or `content`. */
export type ContainerFile = { readonly target: string; readonly mode: number } & (
  | { readonly source: string }
  | { readonly content: string }
)

export interface ExecOutcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** A container that somebody else started and ends. */
export interface RunningContainer {
  readonly name: string
  /** Of the processor, as Node names it: `x64`, `arm64`. */
  readonly architecture: string
  /** Runs a command in it. stdout is text. Throws RuntimeError `RUNTIME_STOPPED` if the container is gone. */
  exec(command: readonly string[], user: number): Promise<ExecOutcome>
  /** Unpacks a tar archive into a folder. Throws with the engine's own words. */
  put(folder: string, archive: Uint8Array): Promise<void>
}

/** A container that runs. Disposing it ends every process in it and removes it. */
export interface EngineContainer extends AsyncDisposable {
  readonly id: string
  /** Its first process as this machine's /proc has it; null where the engine is on another one. */
  readonly hostPid: number | null
  /** Where its ports are published: `127.0.0.1`, or the machine of an engine that is elsewhere. */
  readonly host: string
  /** The port of that host that leads to this port of the container. */
  hostPort(port: number): number
  /**
   * Runs a command beside the script. `user` is a uid; default is the image's user. stdout is text. Throws
   * RuntimeError `RUNTIME_STOPPED` if the container is gone.
   */
  exec(command: readonly string[], user?: number): Promise<ExecOutcome>
  write(files: readonly ContainerFile[]): Promise<void>
  /** One line to the script's stdin. */
  send(line: string): void
  /** What the script wrote to stderr so far; of a very long text the middle is left out, and that is said in it. */
  errorOutput(): string
  /** What that text complains of, all of it. */
  complaints(): LogComplaints
  /** Resolves when the script has ended. */
  readonly ended: Promise<void>
  /** Sends a signal to the script. */
  signal(name: NodeJS.Signals): Promise<void>
}
