import { chainSteps, parsePath } from '../../heap/path.js'
import { splitElements } from '../../heap/path-words.js'
import type { Growth } from '../../types/growth.js'

/** What kind of leak a growth looks like. Only said where the path or the types show it. */
export interface Shape {
  readonly name: string
  /** What is seen that makes it so, as a half sentence. */
  readonly evidence: string
  /** What usually mends it, as a sentence. */
  readonly remedy: string
}

interface Rule {
  readonly name: string
  /** The evidence, or nothing where there is none. */
  readonly seen: (growth: Growth, elements: string) => string | false | undefined
  readonly remedy: string
}

/** The first rule that sees its evidence; undefined where none does. */
export function shapeOf(growth: Growth): Shape | undefined {
  const [, elements] = splitElements(growth.path)
  for (const { name, seen, remedy } of RULES) {
    const evidence = seen(growth, elements)
    if (evidence) return { name, evidence, remedy }
  }
  return undefined
}

/** The more a rule knows, the earlier it stands. */
const RULES: readonly Rule[] = [
  {
    name: 'a chain of closures that gets longer',
    seen: ({ path, types }) => types.function && chainIn(path) && `functions hold functions by ${chainIn(path)}`,
    remedy:
      'Wrap once, when the module loads, and keep the original: code that wraps what is already wrapped adds a link each time.',
  },
  {
    name: 'light threads or timers that have not ended',
    seen: ({ path, types }) => types.thread && COROUTINES.test(path) && 'nginx itself still holds their coroutines',
    remedy:
      'Look for a timer set per request (ngx.timer.at with a long delay) and for ngx.thread.spawn without wait or kill; one timer for all requests is usually enough.',
  },
  {
    name: 'request contexts that are kept',
    seen: ({ path }) => path === `${CONTEXTS}[*]` && 'they are in the table of ngx.ctx itself',
    remedy:
      'A request or timer that never finishes keeps its ngx.ctx: look for ngx.ctx stored elsewhere, and for handlers that hang.',
  },
  {
    name: 'one ngx.ctx that is added to and never ends',
    seen: ({ path }) =>
      path.startsWith(`${CONTEXTS}[*]`) &&
      'there are not more contexts than before, but there is more and more in them',
    remedy:
      'A timer or light thread that runs for good has one ngx.ctx for all that it does: keep what belongs to one job in a local of the function that does it.',
  },
  {
    name: 'coroutines that are kept',
    seen: ({ types }) => types.thread && 'threads are among what grows',
    remedy:
      'A coroutine keeps its whole stack: let go of it when it is done, and run it to its end or drop the last reference.',
  },
  {
    name: 'references in the registry that are never released',
    seen: ({ path }) => path === 'registry[*]' && 'they are numbered entries of the registry, as luaL_ref makes them',
    remedy: 'Code in C, or an FFI callback, takes references (luaL_ref) without giving them back (luaL_unref).',
  },
  {
    name: 'callbacks of the FFI that are never freed',
    seen: ({ path, types }) =>
      types.function && CALLBACKS.test(path) && 'the FFI keeps the functions of callbacks there',
    remedy:
      'Call callback:free() once C no longer calls it, or make one callback when the module loads: LuaJIT has room for some 900, and then fails with "too many callbacks".',
  },
  {
    name: 'a weak-key table with string keys',
    seen: ({ weak, path }, elements) =>
      weak?.includes('k') &&
      (elements === '{*}' || endsInKeys(path)) &&
      'its keys are strings, and strings are never weak',
    remedy:
      'Weak mode does not empty such a table: bound it (resty.lrucache), or key it by the object that the entry should live as long as.',
  },
  {
    name: 'a weak table whose values hold their keys',
    seen: ({ weak }, elements) =>
      weak === 'k' && BY_IDENTITY.test(elements) && 'it has weak keys, and yet its entries stay',
    remedy:
      'LuaJIT has no ephemerons: a value that refers to its own key, directly or not, keeps the entry alive for good.',
  },
  {
    name: 'a cache keyed by objects',
    seen: (_growth, elements) =>
      BY_IDENTITY.test(elements) && `its keys are ${elements.slice(2, -2)}s, each equal only to itself`,
    remedy:
      'A table or function that is made anew for each request never hits: key it by what it says (a string, a version), or keep the object and reuse it.',
  },
  {
    name: 'classes that are defined again and again',
    seen: ({ elements: came = {} }) =>
      (came.metatable ?? 0) * 2 > (came.table ?? 0) && 'each of its tables has an __index, as classes have',
    remedy:
      'Define a class once, in a module that is required: a file that runs with each request (content_by_lua_file, dofile) defines all that is in it anew.',
  },
  {
    name: 'callbacks that are registered again and again',
    seen: ({ elements: came = {} }, elements) =>
      elements === '[*]' && (came.function ?? 0) > (came.table ?? 0) && 'a list of functions gets longer',
    remedy: 'Register once, when the worker starts, or unregister when the request ends.',
  },
  {
    name: 'a list that is added to and never cleared',
    seen: ({ slots }, elements) => elements === '[*]' && slots.used > 0 && 'its array part gets longer',
    remedy:
      'Take entries out again (flush it, bound it, clear a table before it is reused), or keep it in the request instead of the module.',
  },
  {
    name: 'a cache or lookup table without a bound',
    seen: ({ path, entriesPerRequest }, elements) =>
      (elements === '{*}' || endsInKeys(path)) && entriesPerRequest > 0 && 'new string keys keep coming',
    remedy: 'Bound it: resty.lrucache, an expiry, or fewer distinct keys (no ids, addresses or raw URLs in a key).',
  },
  {
    name: 'one text or buffer that gets longer',
    seen: ({ types, entriesPerRequest, bytesPerRequest }) =>
      Object.values(types).every(({ objects, objectsPerRequest }) => objects === 0 && objectsPerRequest === 0) &&
      entriesPerRequest === 0 &&
      bytesPerRequest > 0 &&
      'no object is gained, only contents',
    remedy: 'Something appends to it: cut it, or start anew once it is written out.',
  },
]

/** What nginx itself holds: one for each request, timer and light thread that has not ended. */
const COROUTINES = /^registry\[<ngx_(?:http|stream)_lua_coroutines_key>\]\[\*\]$/
/** Where ngx_lua keeps each ngx.ctx, by number. */
const CONTEXTS = 'registry.ngx_lua_ctx_tables'
/** An environment of the FFI's own functions, in which it numbers callbacks. */
const CALLBACKS = /^registry\._LOADED\.ffi\.\w+\.<env>\[\*\]$/
const BY_IDENTITY = /^\[<(?:table|function|cdata|userdata|thread)>\]$/

function endsInKeys(path: string): boolean {
  return path.endsWith('.<keys>')
}

/** What a chain on the path repeats, if functions do: `.^previous`. */
function chainIn(path: string): string | undefined {
  return parsePath(path)
    .map((step) => chainSteps(step)?.join(''))
    .find((steps) => steps?.includes('.^'))
}
