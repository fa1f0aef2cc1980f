import { type ConfTree, directivesOf, includePath } from './conf-tree.js'

const OF_TLS = ['certificate', 'certificate_key', 'trusted_certificate', 'crl', 'password_file']

/** Directives whose first word is a file that nginx looks for from the folder of the main conf, whichever file they stand in, as for an include. */
export const FILE_DIRECTIVES: readonly string[] = [
  ...['', 'proxy_', 'grpc_', 'uwsgi_', 'lua_'].flatMap((of) => OF_TLS.map((what) => `${of}ssl_${what}`)),
  'ssl_client_certificate',
  'ssl_dhparam',
  'ssl_session_ticket_key',
  'ssl_stapling_file',
  'auth_basic_user_file',
  'geoip_country',
  'geoip_city',
  'geoip_org',
]

/** Absolute path that the word of such a directive means; undefined where it begins with a variable, or with a scheme such as `engine:`. */
export function namedFile(mainConf: string, word: string): string | undefined {
  return /^(?:\$|[a-z]+:|off$)/.test(word) ? undefined : includePath(mainConf, word)
}

/** Absolute paths of all files that a conf names so, but for those whose names variables tell. */
export function namedFiles(tree: ConfTree): readonly string[] {
  const conf = tree.files[0].path
  const words = [...directivesOf(tree)]
    .filter(({ directive }) => FILE_DIRECTIVES.includes(directive.name) && !directive.inner)
    .flatMap(({ directive }) => directive.args.slice(0, 1).map(({ text }) => text))
  const paths = words.filter((word) => !word.includes('$')).flatMap((word) => namedFile(conf, word) ?? [])
  return [...new Set(paths)]
}
