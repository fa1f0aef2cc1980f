/**
 * Titles of a master's children that are not looked at beside the serving workers. Workers, also those that are shutting down, are
 * nginx's own; cache processes have a copy of the master's Lua, but never run it; a child has the master's title until it says what it is.
 */
const WITHOUT_LUA = /^nginx: (worker process|cache (manager|loader) process|master process)/

/** Whether a child of a master, by its title, may run Lua of its own: the privileged agent, or a helper with any other title. A zombie has none. */
export function mayHaveLua(title: string): boolean {
  return title !== '' && !WITHOUT_LUA.test(title)
}
