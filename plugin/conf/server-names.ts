import type { Directive } from './conf.js'
import type { Located } from './conf-tree.js'

/** What a Host header can be: `_`, patterns and variables are no names of a host. */
const HOST = /^\.?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i

/** The names of each server that a client can ask for, by its block; `.example.com` and `*.example.com` count as `www.example.com`. */
export function serverNames(all: readonly Located[]): ReadonlyMap<Directive, readonly string[]> {
  const names = new Map<Directive, string[]>()
  for (const { directive, context } of all) {
    const server = context.at(-1)
    if (directive.name !== 'server_name' || server?.name !== 'server') continue
    const own = directive.args
      .map(({ text }) => text.replace(/^\*?\.(?=[a-z0-9])/i, 'www.'))
      .filter((name) => HOST.test(name))
    names.set(server, [...(names.get(server) ?? []), ...own])
  }
  return names
}
