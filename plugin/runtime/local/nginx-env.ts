/** Variables that hold search paths, with what separates these. An unpacked installation has paths of its own in them. */
const LISTS: Readonly<Record<string, string>> = { LD_LIBRARY_PATH: ':', LUA_PATH: ';', LUA_CPATH: ';' }

/** The environment that an installation needs, under the user's: where both have a search path, the user's is searched first. */
export function nginxEnv(
  own: Readonly<Record<string, string>>,
  users: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const env: Record<string, string> = { ...own, ...users }
  for (const [name, separator] of Object.entries(LISTS)) {
    const parts = [users[name], own[name]].filter((part) => part)
    if (parts.length > 0) env[name] = parts.join(separator)
  }
  return env
}
