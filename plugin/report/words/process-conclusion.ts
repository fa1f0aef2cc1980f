import { count, rate, size, sizeRate } from '../../base/number.js'
import { placeWords } from '../../heap/owner/place-words.js'
import { itemBoundWords, WORKER_BYTES } from '../../process/room.js'
import type { LostBlocks, ProcessGrowth } from '../../types/report.js'
import { isProcessInBytes } from './added.js'
import { listWords } from './list.js'
import { processPace } from './pace.js'
import { holderPath, holderPlace, objectWords } from './process-words.js'

/** One growth off the Lua heap in plain words, a sentence each: how fast, who holds it, what usually mends it. Not escaped. */
export function processConclusion(growth: ProcessGrowth): string[] {
  const clock = growth.class === 'clock' ? ['It grows with time, not with requests: look at timers.'] : []
  const [first, ...others] = sentences(growth)
  return [first!, ...whoAdds(growth), ...clock, ...others]
}

/** `image.lua:12 takes 2,016 B per request, and nothing frees it.` */
function whoAdds(growth: ProcessGrowth): string[] {
  const { addedAt = [], addedAtWhy, category, per = 'request' } = growth
  const [first, ...others] = addedAt
  if (!first) return []
  const places = addedAt.map(placeWords)
  const isMemory = isProcessInBytes(growth)
  const [adds, end] = isMemory ? ['takes', 'nothing frees it'] : ['adds', 'nothing takes it out']
  if (others.length > 0) return [`${listWords(places)} ${isMemory ? 'take' : 'add to'} it, and ${end}.`]
  if (addedAtWhy !== undefined) return [`${places[0]} ${adds} some of it.`]
  if (growth.class === 'clock') return [`${places[0]} ${isMemory ? adds : 'adds to'} it, and ${end}.`]
  const { perRequest } = first
  const entries = Math.abs(perRequest - 1) < 0.05 ? 'one entry' : `${rate(perRequest)} entries`
  return [`${places[0]} ${adds} ${category === 'shm' ? entries : sizeRate(perRequest)} per ${per}, and ${end}.`]
}

function sentences(growth: ProcessGrowth): string[] {
  const { category, zone, holder, vm } = growth
  if (category === 'shm') return ofZone(growth, zone ?? '')
  if (category === 'ctype') return [`The table of FFI types grows by ${speed(growth)}.`, ONCE]
  if (category !== 'malloc') return [`${category} grows by ${speed(growth)}.`]
  if (holder === undefined) return [`malloc grows by ${speed(growth)}, and who holds it is not known.`, WITHOUT_HOLDER]
  if (holder === 'lost') return ofLost(growth)
  if (holder === 'garbage') return ofGarbage(growth)
  return vm === undefined ? ofNginx(growth, holder) : ofPath(growth, holder)
}

/* -- malloc -------------------------------------------------------------- */

function ofLost(growth: ProcessGrowth): string[] {
  const { ctype, per, lost } = growth
  return [
    `${speed(growth)} are lost: nothing points at them any more.`,
    ...(lost ? [lostWords(lost)] : []),
    ...(ctype === undefined ? [] : [noFinalizer(ctype)]),
    ...(ctype === undefined && per !== 'reload'
      ? [
          'No Lua object was seen that pointed at them last: look for a pointer that a C function returned and that is thrown away, through the FFI or in a C module.',
        ]
      : []),
    ...(per === 'reload' ? [OUTLIVES] : []),
  ]
}

/** `Most are blocks of 80, 48 and 32 B; those that begin as objects of a library do are of libcrypto.so.3.` */
function lostWords({ sizes, libraries = [] }: LostBlocks): string {
  const are = `Most are blocks of ${listWords(sizes.map(([bytes]) => count(bytes)))} B`
  if (libraries.length === 0) return `${are}.`
  const files = [...new Set(libraries.map(([file]) => file))]
  return `${are}; those that begin with an address in a library, as its objects do, are of ${listWords(files)}.`
}

/** Such objects were seen among the garbage, each still pointing at what its collection leaves to nobody. */
function noFinalizer(ctype: string): string {
  return `The objects that pointed at them last are ${ctype}, and have no finalizer: wrap each in ffi.gc(..., free), with the function of its library that frees it, or free it where it is used.`
}

const OUTLIVES =
  'What init_by_lua allocates in C outlives the Lua VM of the old configuration, since the master process goes on: keep it behind ffi.gc, whose finalizers run when that VM is closed.'

const WITHOUT_HOLDER =
  'Look for memory from C that nothing frees: pointers from FFI calls without ffi.gc, and libraries whose objects have to be freed by hand.'

const ONCE =
  'ffi.cdef, and ffi.typeof with new text, make types that are never freed: define them once, where the module loads.'

function ofGarbage(growth: ProcessGrowth): string[] {
  const object = objectWords(growth)
  return [
    `${speed(growth)} hang on unreachable objects${object ? ` (${object})` : ''} that wait for a collection.`,
    'Let the collector run, or free them where they are used.',
  ]
}

function ofPath(growth: ProcessGrowth, holder: string): string[] {
  const { ctype, finalizer, bound } = growth
  const place = holderPlace(growth)
  const object = objectWords(growth)
  return [
    `${speed(growth)} hang on ${holderPath(holder)}${place ? ` (${place})` : ''}${object ? `: ${object}` : ''}.`,
    bound
      ? `The cache bounds the number of its items, not their memory: it has ${itemBoundWords(bound)}, which is taken to have ${size(WORKER_BYTES)}. Give it fewer items, or, where your workers have more, accept it with a budget for malloc on this path.`
      : 'What keeps the objects keeps the memory: let go of them there.',
    ...(ctype !== undefined && finalizer == null
      ? ['Without a finalizer that alone loses the memory: wrap them in ffi.gc(..., free), too.']
      : []),
  ]
}

function ofNginx(growth: ProcessGrowth, holder: string): string[] {
  const part = holder.replace(/^nginx: /, '')
  return [`${speed(growth)} are held by ${holder}.`, NGINX[part] ?? ofImage(part)]
}

/** What a part of nginx keeps memory for, and what to look for. */
const NGINX: Readonly<Record<string, string>> = {
  connections:
    'They are in the pools of connections and of their requests, which go when these end: look for requests that hang or run for good (long polls, websockets, light threads that wait), and for what each turn of such a request adds to its pool.',
  timers:
    'Timers that are still to run lead to them: look for ngx.timer.at with a long delay, set with each request; one timer for all requests is usually enough.',
  cycle:
    'They hang on the configuration, which lives until the next reload: look for what is added to upstreams, resolvers or other parts of it with each request.',
  'thread-local storage':
    'A library keeps them by thread: look for its function that cleans up after a thread or a call.',
  'stacks and registers':
    'Only a stack or a register leads to them: they are in use at this moment, or a word left over on the stack hides that they are lost.',
  'other memory': 'Memory that nothing explains leads to them, such as mappings that a C library made for itself.',
}

function ofImage(name: string): string {
  return `Data of ${name} leads to them, such as a table or cache of its own: look for calls of it that add to one and are never undone.`
}

/* -- Shared zones -------------------------------------------------------- */

function ofZone(growth: ProcessGrowth, zone: string): string[] {
  const { entries } = growth
  return [
    entries
      ? `Entries that never expire pile up in the shared dictionary ${zone}: ${speed(growth)}.`
      : `What is in the shared zone ${zone} grows by ${speed(growth)}.`,
    entries
      ? 'Give them an expiry (the third argument of set), or bound the number of keys (no ids, addresses or raw URLs in a key): a full dictionary throws out what is still needed.'
      : 'A zone that is full refuses what is new, or throws out what is still needed: bound what is put into it.',
  ]
}

/* -- All ----------------------------------------------------------------- */

/** `912 B with each request`, `1.00 entry and 128 B with each request`, `20 B each second`. */
function speed(growth: ProcessGrowth): string {
  const pace = processPace(growth)
  if (!pace) return `${sizeRate(growth.bytes)} over the planned rounds`
  const { unit, factor } = pace
  const when = unit === 's' ? 'each second' : `with each ${unit}`
  const bytes = `${sizeRate(growth.bytesPerRequest * factor)} ${when}`
  const each = rate((growth.entriesPerRequest ?? 0) * factor)
  return growth.entriesPerRequest ? `${each} ${each === '1.00' ? 'entry' : 'entries'} and ${bytes}` : bytes
}
