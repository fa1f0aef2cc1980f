import { RuntimeError } from '../../base/runtime-error.js'
import type { NginxBuild } from '../../conf/target.js'
import { hasLua, parseNginxVersion } from '../install/nginx-build.js'

/** Facts of an image, as its own shell tells them. */
export interface ImageFacts {
  /** Absolute path of nginx or openresty. */
  readonly executable: string
  readonly build: NginxBuild
  /** For people: `openresty 1.27.1.2`, `nginx 1.22.1 + ngx_http_lua_module`. */
  readonly product: string
  /** Who the image runs as. */
  readonly uid: number
  /** Users of the image, each with its primary group. */
  readonly users: ReadonlyMap<string, string>
  /** Names of the variables that its processes have: its own, and those that the container was started with. */
  readonly envNames: ReadonlySet<string>
}

/** OpenResty before a distribution's nginx; what is on PATH before the usual places. */
const places = [
  '"$(command -v openresty)"',
  '/usr/local/openresty/bin/openresty',
  '/usr/local/openresty/nginx/sbin/nginx',
  '"$(command -v nginx)"',
  '/usr/sbin/nginx',
]

/** POSIX shell, run inside the image by its own user; `parseProbe` reads what it prints. */
export const probeScript = `
nginx=
for place in ${places.join(' ')}; do
  if [ -x "$place" ] && [ ! -d "$place" ]; then nginx=$place; break; fi
done
version=$("$nginx" -V 2>&1)
modules=$(printf '%s' "$version" | sed -n 's/.* --modules-path=\\([^ ]*\\).*/\\1/p')
[ -n "$modules" ] || modules=$(printf '%s' "$version" | sed -n 's/.* --prefix=\\([^ ]*\\).*/\\1/p')/modules
echo '== executable'; printf '%s\\n' "$nginx"
echo '== version'; printf '%s\\n' "$version"
echo '== modules'; for file in "$modules"/*.so; do printf '%s\\n' "\${file##*/}"; done
echo '== uid'; id -u
echo '== env'; env | sed -n 's/^\\([A-Za-z_][A-Za-z0-9_]*\\)=.*/\\1/p'
echo '== passwd'; cat /etc/passwd
echo '== group'; cat /etc/group
`

/** Throws a RuntimeError: `RUNTIME_NO_OPENRESTY` for an image without nginx, `RUNTIME_NO_LUA` for an nginx without Lua. */
export function parseProbe(image: string, output: string): ImageFacts {
  const sections = new Map(output.split(/^== /m).map(readSection))
  const lines = (title: string): readonly string[] => sections.get(title) ?? []
  if (!sections.has('group')) {
    throw new RuntimeError('RUNTIME_START_FAILED', `the shell of image ${image} did not answer: ${output.trim()}`)
  }
  const executable = lines('executable')[0] ?? ''
  const versionText = lines('version').join('\n')
  const version = parseNginxVersion(versionText)
  if (executable === '' || version === null) {
    throw new RuntimeError(
      'RUNTIME_NO_OPENRESTY',
      executable === ''
        ? `image ${image} has neither openresty nor nginx, on its PATH or in /usr/local/openresty. Name an image that has.`
        : `${executable} of image ${image} is not nginx: -V prints ${JSON.stringify(versionText.slice(0, 200))}. Name an image that has nginx there.`,
    )
  }
  const { isOpenresty, ...known } = version
  const build: NginxBuild = { ...known, modules: lines('modules').filter((name) => name !== '*.so') }
  if (!hasLua(build, isOpenresty)) {
    throw new RuntimeError(
      'RUNTIME_NO_LUA',
      `${executable} of image ${image} runs no Lua: neither built in nor as ngx_http_lua_module.so in ${build.modulesPath}. Name an OpenResty image, or install the module in yours.`,
    )
  }
  return {
    executable,
    build,
    product: isOpenresty ? `openresty ${build.version}` : `nginx ${build.version} + ngx_http_lua_module`,
    uid: Number(lines('uid')[0]),
    envNames: new Set(lines('env')),
    users: usersOf(lines('passwd'), lines('group')),
  }
}

function readSection(section: string): readonly [title: string, lines: readonly string[]] {
  const [title = '', ...lines] = section.trimEnd().split('\n')
  return [title, lines]
}

function usersOf(passwd: readonly string[], group: readonly string[]): ReadonlyMap<string, string> {
  const groups = new Map(group.map((line) => line.split(':')).map(([name = '', , gid = '']) => [gid, name]))
  const users = new Map<string, string>()
  for (const [name = '', , , gid = ''] of passwd.map((line) => line.split(':'))) {
    const primary = groups.get(gid)
    if (primary !== undefined) users.set(name, primary)
  }
  return users
}
