/**
 * Titles of a master's children that are not looked at beside the serving workers. Workers, also those that are shutting down, are
 * nginx's own; cache processes have a copy of the master's Lua, but never run it; a child has the master's title until it says what it is.
 */
const WITHOUT_LUA = /^nginx: (worker process|cache (manager|loader) process|master process)/

/** What is known of a child of an nginx master. */
interface Child {
  readonly title: string
  /** Whether it runs the master's own program; null where the kernel does not show it. */
  readonly sameProgram: boolean | null
}

/**
 * Whether a child of a master may run Lua of its own: the privileged agent, or a helper with any other title. A zombie has no title.
 * What went on to run another program, such as a shell that the master's Lua has started, left the Lua behind.
 */
export function mayHaveLua({ title, sameProgram }: Child): boolean {
  return title !== '' && sameProgram !== false && !WITHOUT_LUA.test(title)
}
