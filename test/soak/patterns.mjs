import { backlog } from './patterns/backlog.mjs'
import { batches } from './patterns/batches.mjs'
import { bufferPool } from './patterns/buffer-pool.mjs'
import { certificates } from './patterns/certificates.mjs'
import { deferredWork } from './patterns/deferred-work.mjs'
import { healthChecks } from './patterns/health-checks.mjs'
import { lrucache } from './patterns/lrucache.mjs'
import { metrics } from './patterns/metrics.mjs'
import { rateLimit } from './patterns/rate-limit.mjs'
import { regexes } from './patterns/regexes.mjs'
import { sessions } from './patterns/sessions.mjs'
import { textBuffer } from './patterns/text-buffer.mjs'
import { tieredCache } from './patterns/tiered-cache.mjs'
import { upstreamPool } from './patterns/upstream-pool.mjs'
import { weakMemo } from './patterns/weak-memo.mjs'

/**
 * Code that keeps things and leaks nothing. A pattern has a `name`, which is its Lua module's too, `draw` for its parameters,
 * `keys` among them, `lua` for the module's text, and where it needs them `directives` of http and `locations`.
 * The module has `serve(key)`, called with each request, and may have `start()`, called when the worker starts.
 */
export const PATTERNS = [
  backlog,
  batches,
  bufferPool,
  certificates,
  deferredWork,
  healthChecks,
  lrucache,
  metrics,
  rateLimit,
  regexes,
  sessions,
  textBuffer,
  tieredCache,
  upstreamPool,
  weakMemo,
]
