/** What is shown of a file: its name alone, with the folder that names an `init.lua`. */
export function bareName(file: string): string {
  return /(?:[^/]+\/)?init\.lua$/.exec(file)?.[0] ?? file.slice(file.lastIndexOf('/') + 1)
}

/** For each file the shortest end of its path that is no other file's: `beta/handler.lua` beside an `alpha/handler.lua`, else the bare name. */
export function uniqueNames(files: Iterable<string>): ReadonlyMap<string, string> {
  const byName = new Map<string, string[]>()
  for (const file of new Set(files)) {
    const name = bareName(file)
    byName.set(name, [...(byName.get(name) ?? []), file])
  }
  const names = new Map<string, string>()
  for (const [name, alike] of byName) {
    for (const file of alike) names.set(file, alike.length === 1 ? name : shortestEnd(file, name, alike))
  }
  return names
}

/** One folder more at a time; the whole path where another file's path ends in it. */
function shortestEnd(file: string, name: string, alike: readonly string[]): string {
  let from = file.length - name.length
  while (from > 0) {
    from = file.lastIndexOf('/', from - 2) + 1
    const end = file.slice(from)
    if (alike.every((other) => other === file || !`/${other}`.endsWith(`/${end}`))) return end
  }
  return file
}
