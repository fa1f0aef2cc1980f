import type { MemoryRow } from '../types/snapshot.js'

/** What each category of a process's memory is, in words. */
export const CATEGORY_WORDS: Readonly<Record<MemoryRow['category'], string>> = {
  lua: 'the Lua heap and its allocator',
  mcode: 'machine code of the JIT compiler',
  shm: 'shared memory zones',
  malloc: 'malloc: nginx itself, C modules and FFI',
  program: 'nginx itself',
  library: 'libraries',
  stack: 'stacks',
  other: 'what could not be told apart',
}
