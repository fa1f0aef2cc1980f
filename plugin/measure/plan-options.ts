import { sumOf } from '../base/sum.js'
import { PROTOCOLS } from '../load/plan/plan.js'
import { DEFAULT_EXPECTED } from '../load/plan/status.js'
import type { Budget, BudgetsInput, KnownLeak } from '../types/budget.js'
import type { HttpProtocol } from '../types/request.js'
import type { DriverInput } from './driver-plan.js'

/** A measurement as users write it; all of it has a default but who makes the load: requests, a work or a command. */
export interface PlanInput extends DriverInput {
  /** Requests of the planned rounds together. Default 20157. Confirming rounds scale with it; the warm-up does not. */
  readonly amount?: number
  /**
   * What to speak: `'http1'`, `'h2'` (HTTP/2 over TLS) or `'h2c'` (HTTP/2 without it).
   * Default: HTTP/2 where a listener speaks nothing else, or else HTTP/1.1.
   */
  readonly protocol?: HttpProtocol
  /** Requests that may be under way at once on each connection of HTTP/2. Default 4. */
  readonly streams?: number
  /** The conf's port for requests that name none. Default: the first server that serves them. */
  readonly port?: number
  /** The conf's unix socket for requests that name none: `'/run/app.sock'`. */
  readonly socket?: string
  /** Connections kept alive through each round, or calls of a work side by side. Default 10. */
  readonly connections?: number
  /** False opens a connection for each request. Default true, but for `per: 'connection'`. */
  readonly keepAlive?: boolean
  /** Connections at which each load begins, for two requests each, before it goes on with `connections`. Default none. */
  readonly burst?: number
  /**
   * What growth is counted by: `'connection'` is each that nginx accepted, for leaks of TLS handshakes. Default
   * `'request'`; for a work each of its calls;
   * where a conf serves no http each session of its servers.
   */
  readonly per?: 'request' | 'connection'
  /**
   * Reload nginx before each round. All rounds are then of one size, so that workers are compared at the same age,
   * and growth is counted by reload: what a new worker inherits. Default false.
   */
  readonly reload?: boolean
  /** Requests before the first snapshot; 0 for none. Default 5003. */
  readonly warmup?: number
  /** How many planned rounds, or the requests of each. Default 5 rounds of 3929, 1973, 6263, 3389 and 4603. */
  readonly rounds?: number | readonly number[]
  /** Requests of the confirming rounds. Default 9337 and 22157. */
  readonly confirm?: readonly number[]
  /**
   * Requests of the further rounds, for what the confirming ones leave undecided, or a leak on few objects; `[]` for none.
   * Default 31957 and 64937.
   */
  readonly further?: readonly number[]
  /** Statuses that are no failure: `'200-399,401'`, or ranges. Default `'200-399'`. */
  readonly expectStatus?: string | readonly (readonly [number, number])[]
  /** Seconds one request or call may take, or a command for a round. Default 10, for a command 120. */
  readonly timeoutS?: number
  /** Idle time that shows what moves by itself, in ms. Default 500. */
  readonly idleMs?: number
  /** Longest wait for a round to settle, in ms. Default 1000. */
  readonly settleMs?: number
  /** Idle time after the confirming rounds, in ms. Default 1200. */
  readonly drainMs?: number
  /** Where something leaks, start the conf once more to see which line adds it. Default true. */
  readonly locate?: boolean
  /** What may grow, by path. Default: nothing. */
  readonly budgets?: BudgetsInput | readonly Budget[]
  /** Leaks that are accepted, each with its reason, until a date if there is one. Default: none. */
  readonly knownLeaks?: readonly KnownLeak[]
  /** Keys that no report shows: `true` for all but those of code, or a pattern of those to hide. Default: none. */
  readonly redact?: boolean | string | RegExp
}

/** What may be given, and in which unit. What a text says is checked by who reads it; `own` is what is more than one plain value. */
type Value =
  /** A whole number from `least` up, or to `most`; the command takes digits. */
  | { readonly kind: 'count'; readonly least: number; readonly most?: number; readonly default?: number }
  /** A whole number of milliseconds, also 0; the command takes a duration such as 500ms. */
  | { readonly kind: 'ms'; readonly default: number }
  /** A number of seconds above 0; the command takes a duration. */
  | { readonly kind: 'seconds'; readonly default: number }
  | { readonly kind: 'flag'; readonly default: boolean }
  | { readonly kind: 'choice'; readonly choices: readonly string[]; readonly default?: string }
  | { readonly kind: 'text'; readonly default?: string }
  | { readonly kind: 'own'; readonly default?: readonly number[] }

/** One option: what the plan checks and fills in, and what the command's help and the tables of the docs say. */
export type PlanOption = Value & {
  /** Taken instead where a command makes the load. */
  readonly ofCommand?: number
  /** How `resty-leak` has it; absent where only a test can give it. */
  readonly command?: {
    readonly flags: string
    /** What it means; the help adds the default. */
    readonly help: string
    /** What the help says of the default, where that is more than a value. */
    readonly default?: string
    /** Whether it may be given several times. */
    readonly repeats?: true
  }
}

/** Found by search: no flush period from 4 to 45,000 requests grows in every one of these rounds. */
const ROUNDS: readonly number[] = [3929, 1973, 6263, 3389, 4603]
/** Seconds of one request. */
const ANSWER_S = 10
/** Four times what people let a load run for, in s. */
const COMMAND_S = 120

/** Every option of a measurement, in the order of a refusal's list. */
export const PLAN_OPTIONS = {
  request: {
    kind: 'own',
    command: {
      flags: '-r, --request <[METHOD ]/path>',
      help: 'request to send; repeat for several',
      repeats: true,
    },
  },
  requests: { kind: 'own' },
  requestsFrom: {
    kind: 'own',
    command: {
      flags: '--requests-from <file>',
      help: 'send what an access log, a HAR file, an OpenAPI document or a list tells of',
    },
  },
  logFormat: {
    kind: 'own',
    command: {
      flags: '--log-format <format>',
      help: "how that access log is written, as nginx's log_format",
      default: 'those of the conf, combined',
    },
  },
  routes: {
    kind: 'own',
    command: { flags: '--all-routes', help: 'send a GET to each location of the conf that answers one' },
  },
  unsafe: {
    kind: 'flag',
    default: false,
    command: {
      flags: '--unsafe',
      help: 'of these, also send what may change state, or goes to another machine',
    },
  },
  headers: {
    kind: 'own',
    command: {
      flags: '-H, --header <Name: value>',
      help: 'header of every request; repeat for several',
      repeats: true,
    },
  },
  work: { kind: 'own' },
  command: {
    kind: 'own',
    command: {
      flags: '--command <text>',
      help: 'command that makes the load of a round, such as \'wrk -d2s "$URL/t"\'; what it sends nginx counts',
    },
  },
  shell: {
    kind: 'flag',
    default: false,
    command: { flags: '--shell', help: 'give the command to /bin/sh; without it, it is started as it is' },
  },
  amount: {
    kind: 'count',
    least: 1,
    default: sumOf(ROUNDS),
    command: { flags: '--amount <n>', help: 'requests of the planned rounds, together' },
  },
  connections: {
    kind: 'count',
    least: 1,
    default: 10,
    command: { flags: '--connections <n>', help: 'connections to send them over' },
  },
  keepAlive: {
    kind: 'flag',
    default: true,
    command: { flags: '--no-keep-alive', help: 'open a connection for each request' },
  },
  protocol: {
    kind: 'choice',
    choices: PROTOCOLS,
    command: {
      flags: '--protocol <protocol>',
      help: 'what to speak',
      default: 'what the listener does; HTTP/1.1 where it has the choice',
    },
  },
  streams: {
    kind: 'count',
    least: 1,
    default: 4,
    command: { flags: '--streams <n>', help: 'requests under way at once on each connection of HTTP/2' },
  },
  port: {
    kind: 'count',
    least: 1,
    most: 65_535,
    command: {
      flags: '--port <n>',
      help: "the conf's port to ask",
      default: 'the first server that serves the request',
    },
  },
  socket: { kind: 'text', command: { flags: '--socket <path>', help: "the conf's unix socket to ask" } },
  burst: {
    kind: 'count',
    least: 0,
    default: 0,
    command: { flags: '--burst <n>', help: 'begin each load at so many connections' },
  },
  per: {
    kind: 'choice',
    choices: ['request', 'connection'],
    command: {
      flags: '--per <unit>',
      help: 'what growth is counted by',
      default: 'request, without http session',
    },
  },
  reload: {
    kind: 'flag',
    default: false,
    command: { flags: '--reload', help: 'reload nginx before each round, and count growth by reload' },
  },
  warmup: {
    kind: 'count',
    least: 0,
    default: 5003,
    command: { flags: '--warmup <n>', help: 'requests before the first snapshot' },
  },
  rounds: { kind: 'own', default: ROUNDS },
  confirm: { kind: 'own', default: [9337, 22157] },
  further: { kind: 'own', default: [31957, 64937] },
  expectStatus: {
    kind: 'text',
    default: DEFAULT_EXPECTED,
    command: { flags: '--expect-status <ranges>', help: 'statuses that are no failure' },
  },
  timeoutS: {
    kind: 'seconds',
    default: ANSWER_S,
    ofCommand: COMMAND_S,
    command: {
      flags: '--timeout <duration>',
      help: 'longest wait for one answer, such as 30s, or for a command',
      default: `${ANSWER_S}s, for a command ${COMMAND_S}s`,
    },
  },
  idleMs: {
    kind: 'ms',
    default: 500,
    command: { flags: '--idle <duration>', help: 'idle time that shows what moves by itself' },
  },
  settleMs: { kind: 'ms', default: 1000 },
  drainMs: {
    kind: 'ms',
    default: 1200,
    command: { flags: '--drain <duration>', help: 'idle time after the confirming rounds' },
  },
  locate: {
    kind: 'flag',
    default: true,
    command: {
      flags: '--no-locate',
      help: 'do not start the conf once more where something leaks, to see which line adds it',
    },
  },
  budgets: {
    kind: 'own',
    command: {
      flags: '--budget <PATH:key=value,...>',
      help: 'what may grow below a path, such as strings=64KB; repeat for several',
      repeats: true,
    },
  },
  knownLeaks: {
    kind: 'own',
    command: {
      flags: '--known <PATH=reason[@date]>',
      help: 'leak that is accepted, until a date if there is one; repeat for several',
      repeats: true,
    },
  },
  redact: {
    kind: 'text',
    command: {
      flags: '--redact [pattern]',
      help: 'hide keys in paths: those a regular expression finds, or all but those of code',
    },
  },
} as const satisfies { readonly [Name in keyof Required<PlanInput>]: PlanOption }

/** Options of one kind that have a default. */
type With<Kind extends Value['kind']> = {
  [Name in keyof typeof PLAN_OPTIONS]: (typeof PLAN_OPTIONS)[Name] extends { kind: Kind; default: unknown }
    ? Name
    : never
}[keyof typeof PLAN_OPTIONS]

export type NumberOption = With<'count' | 'ms' | 'seconds'>
export type FlagOption = With<'flag'>
