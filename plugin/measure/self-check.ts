import { rate } from '../base/number.js'
import { packageFile } from '../base/package-files.js'
import { bootRuntime } from '../runtime/boot.js'
import type { LeakReport } from '../types/report.js'
import type { RuntimeOptions } from '../types/runtime.js'
import { measure } from './measure.js'
import { makePlan } from './plan.js'

/** One thing that a working measurement must do. */
export interface Finding {
  readonly passed: boolean
  /** What was expected and, if it did not come, what came instead. */
  readonly text: string
}

export interface SelfCheck {
  /** The runtime that was checked. */
  readonly description: string
  readonly findings: readonly Finding[]
}

export interface SelfCheckOptions {
  readonly signal?: AbortSignal
  /** Told what is being done, for people. */
  readonly onStep?: (text: string) => void
}

/** The conf that is shipped with this package. */
const CONF = packageFile('nginx/conf/self-check/nginx.conf')
const PLANTED_PATH = 'registry._LOADED.resty_leak_self_check.kept[*]'
/** Small: what must be seen here is in every request. */
const SIZES = { warmup: 500, rounds: [401, 199, 601, 307, 503], confirm: [907, 2203], further: [3001, 5003] }
const TIMES = { idleMs: 100, drainMs: 200 }

/**
 * Boots a server of its own on the same runtime, with a planted leak that must be seen and a clean endpoint that must pass.
 * @param runtime where to look; its `conf`, `prefix`, `workers` and `replace` belong to the server under test and are not used
 * @throws RuntimeError if nothing can be started; the signal's reason when aborted
 */
export async function selfCheck(
  { runtime, image, dockerfile, openresty }: Omit<RuntimeOptions, 'conf'>,
  { signal, onStep }: SelfCheckOptions = {},
): Promise<SelfCheck> {
  onStep?.('starting OpenResty for the self-check')
  await using server = await bootRuntime({
    conf: CONF,
    runtime,
    ...(image !== undefined && { image }),
    ...(dockerfile !== undefined && { dockerfile }),
    ...(openresty !== undefined && { openresty }),
    ...(signal && { signal }),
  })
  const run = (path: string) => {
    onStep?.(`self-check: ${path}`)
    return measure(server, makePlan({ request: path, ...SIZES, ...TIMES, locate: false }), {
      ...(signal && { signal }),
    })
  }
  return {
    description: server.description,
    findings: [plantedFinding(await run('/leak')), cleanFinding(await run('/clean'))],
  }
}

/** Why a measurement on this runtime must not be believed; undefined where it may. */
export function selfCheckFault({ findings }: SelfCheck): string | undefined {
  const failed = findings.filter(({ passed }) => !passed)
  return failed.length === 0
    ? undefined
    : `the self-check failed on this runtime: ${failed.map(({ text }) => text).join('; ')}`
}

/** The planted leak keeps one string per request. */
export function plantedFinding(report: LeakReport): Finding {
  const [growth, ...others] = report.growths
  const seen = growth && `${objects(growth.objectsPerRequest)}/request at ${growth.path}`
  const right =
    report.verdict === 'leak' &&
    others.length === 0 &&
    growth?.path === PLANTED_PATH &&
    Math.abs(growth.objectsPerRequest - 1) < 0.01
  return right
    ? { passed: true, text: `a planted leak is seen: ${seen}` }
    : {
        passed: false,
        text: `a planted leak of 1 object/request at ${PLANTED_PATH} was not seen: ${seen ?? saidBy(report)}`,
      }
}

export function cleanFinding(report: LeakReport): Finding {
  const right = report.verdict === 'ok' && report.passed
  return right
    ? { passed: true, text: `a clean endpoint passes: ${report.requests.completed} requests` }
    : { passed: false, text: `a clean endpoint did not pass: ${saidBy(report)}` }
}

function saidBy({ verdict, reasons }: LeakReport): string {
  return `verdict ${verdict}, ${reasons[0] ?? 'without a reason'}`
}

/** As a report has it: `1.00 object`. */
function objects(perRequest: number): string {
  return `${rate(perRequest)} ${rate(perRequest) === '1.00' ? 'object' : 'objects'}`
}
