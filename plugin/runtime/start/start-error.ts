import { RuntimeError, type RuntimeErrorCode } from '../../base/runtime-error.js'
import { seriousEntries } from '../log/error-log.js'
import { missingEnv, missingEnvAdvice } from './missing-env.js'

interface Explanation {
  readonly pattern: RegExp
  readonly code: RuntimeErrorCode
  readonly what: string
  readonly wayOut: string
}

/** What nginx says and what to do about it; the first that fits. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    pattern: /bind\(\) to \S+ failed \(98/,
    code: 'RUNTIME_PORT_IN_USE',
    what: 'a port that nginx wants is in use',
    wayOut: 'End what listens there, or give the conf another port.',
  },
  {
    pattern: /failed to load the 'resty\.core' module.* required but got /,
    code: 'RUNTIME_LUA_FAILED',
    what: 'the lua-resty-core that nginx finds is of another version than its Lua module',
    wayOut:
      'Put the lua-resty-core of this build first on lua_package_path, or name another build with openresty or image.',
  },
  {
    pattern: /failed to load the 'resty\.core' module/,
    code: 'RUNTIME_LUA_FAILED',
    what: 'the Lua module cannot find lua-resty-core',
    wayOut: "End lua_package_path with ';;' so that the default path is searched too, or install lua-resty-core.",
  },
  {
    pattern: /init_by_lua|module '[^']+' not found|failed to load the/,
    code: 'RUNTIME_LUA_FAILED',
    what: 'Lua code failed while nginx started',
    wayOut: 'A module that is not found must be on lua_package_path; $prefix is what --prefix says.',
  },
  {
    pattern: /host not found in/,
    code: 'RUNTIME_CONF_REJECTED',
    what: 'nginx rejects the conf',
    wayOut: "Put a host that resolves in its place: replace: [['from', 'to']], on the command line --replace FROM=TO.",
  },
  {
    pattern: /unknown directive/,
    code: 'RUNTIME_CONF_REJECTED',
    what: 'nginx rejects the conf',
    wayOut:
      'The directive is misspelt, or belongs to a module that this build lacks: name another with openresty or image.',
  },
  {
    pattern: /\[emerg\]/,
    code: 'RUNTIME_CONF_REJECTED',
    what: 'nginx rejects the conf',
    wayOut: 'Correct the conf; `nginx -t` says the same.',
  },
]

/** What nginx says of a directive whose module it lacks: another module may have one of that name for other blocks. */
const UNKNOWN_HERE = /unknown directive|directive is not allowed here/
const REJECTED = { code: 'RUNTIME_CONF_REJECTED', what: 'nginx rejects the conf' } as const

/** The error for an nginx that did not come up, from its own log. `conf` is the user's file, `mirror` what to take off paths. */
export function startError(
  log: string,
  about: {
    readonly conf: string
    readonly description: string
    readonly mirror: string
    readonly why: string
    /** What the conf uses and this build lacks. */
    readonly lacks?: string | null
    /** Texts of the conf and its includes, and the names in the environment that nginx was started with: who reads what nobody set. */
    readonly confs?: readonly string[]
    readonly envNames?: ReadonlySet<string>
  },
  cause?: unknown,
): RuntimeError {
  const entries = seriousEntries(log, { mirror: about.mirror })
  const usual = EXPLANATIONS.find(({ pattern }) => pattern.test(entries))
  const found = about.lacks && UNKNOWN_HERE.test(entries) ? { ...REJECTED, wayOut: about.lacks } : usual
  const isCode = found?.code === 'RUNTIME_LUA_FAILED' && !/module '[^']+' not found|failed to load the/.test(entries)
  const unset = isCode ? missingEnv(entries, about.confs ?? [], about.envNames ?? new Set()) : []
  const wayOut = missingEnvAdvice(unset) ?? found?.wayOut
  const said = entries || log.trim().split('\n').slice(-10).join('\n') || '(its error log is empty)'
  const indented = said.replace(/^/gm, '  ')
  return found
    ? new RuntimeError(found.code, `${found.what}: ${about.conf} (${about.description})\n${indented}\n${wayOut}`, {
        cause,
      })
    : new RuntimeError(
        'RUNTIME_START_FAILED',
        `nginx did not start with ${about.conf} (${about.description}): ${about.why}\n${indented}`,
        { cause },
      )
}
