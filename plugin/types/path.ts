/** A reference path of the Lua heap, step by step: `['registry', '._LOADED', '.demo', '.go', '.^foo', '[*]']`. */
export type Path = readonly string[]

/** Paths that a user means: as a path, with `*` for any one step and `**` for any number of them. */
export type Pattern = readonly string[]
