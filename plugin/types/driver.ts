/** What one call of a `work` is given. */
export interface WorkCall {
  /** Number of the call, from 0; it runs on from round to round, so that no key comes twice. */
  readonly n: number
  /** Which of the `connections` calls side by side this is, from 0: what is kept open by it is used by one call at a time. */
  readonly connection: number
  /** Origin of the server: `http://127.0.0.1:8080`; of its first http listen, or where it has none of the first of all. */
  readonly url: string
  /** Where a port of the conf is published. Throws a RuntimeError that names the ports there are. */
  readonly port: (confPort: number) => number
  /** Aborted once the call has taken too long, or the test has ended: pass it on to what can wait. */
  readonly signal: AbortSignal
}

/** Load in Node, by whatever client: one call is one unit. What it throws is a failure of that unit. */
export type Work = (call: WorkCall) => unknown

/** A part of a word of a command: text, or the name of a variable whose value stands there. */
export type WordPart = string | { readonly variable: string }

/** A command that makes the load of a round. */
export type CommandLine =
  /** Program and arguments, started without a shell. */
  | { readonly shell: false; readonly words: readonly (readonly WordPart[])[] }
  /** A line for `/bin/sh -c`, which finds the variables in its environment. */
  | { readonly shell: true; readonly line: string }

/** Who makes the load: the client built in, a function of the user's, or a command. */
export type DriverPlan =
  | { readonly kind: 'requests' }
  | { readonly kind: 'work'; readonly work: Work }
  | { readonly kind: 'command'; readonly command: CommandLine /** As the user wrote it. */; readonly text: string }

export type DriverKind = DriverPlan['kind']
