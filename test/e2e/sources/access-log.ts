/** How a log is written: nginx's own format, one that a conf may have, and one of JSON. */
export const FORMATS = {
  combined: null,
  timed: `'$remote_addr $host [$time_local] "$request" $status rt=$request_time "$http_user_agent" "$upstream_addr"'`,
  structured: `escape=json '{"ip":"$remote_addr","host":"$host","method":"$request_method","uri":"$request_uri","status":"$status","agent":"$http_user_agent"}'`,
} as const

export type FormatName = keyof typeof FORMATS

/** Parts of a hundred of the lines that are no attack; what of them is sent is counted from the same table. */
const KINDS = [
  { share: 40, method: 'GET', path: (n: number) => `/items/${1000 + (n % 997)}`, status: 200 },
  { share: 20, method: 'GET', path: (n: number) => `/search?q=word${n % 350}&page=${1 + (n % 9)}`, status: 200 },
  { share: 10, method: 'GET', path: (n: number) => `/users/${uuid(n % 500)}/orders`, status: 200 },
  { share: 10, method: 'GET', path: () => '/health', status: 200 },
  { share: 5, method: 'GET', path: (n: number) => `/list?sort=${n % 2 ? 'asc' : 'desc'}`, status: 200 },
  { share: 5, method: 'HEAD', path: () => '/health', status: 200 },
  { share: 5, method: 'POST', path: () => '/orders', status: 201 },
  { share: 3, method: 'DELETE', path: (n: number) => `/items/${1000 + (n % 997)}`, status: 204 },
  { share: 2, method: 'GET', path: (n: number) => `/.env.${n}`, status: 404 },
] as const

/** What the mix of such a log is: template and share of the lines that are sent. */
export const MIX: Readonly<Record<string, number>> = {
  'GET /items/{n}': 40,
  'GET /search?q={n}&page={n}': 20,
  'GET /users/{uuid}/orders': 10,
  'GET /health': 10,
  'GET /list?sort=asc': 2.5,
  'GET /list?sort=desc': 2.5,
  'HEAD /health': 5,
}

/** Lines that break careless readers; none of them may be sent as it stands, nor anything that it holds. */
const HOSTILE: readonly ((format: FormatName) => string)[] = [
  () => '\x00\x01\xff\xfe\x80binary\x7f',
  (format) => line(format, { request: `GET /${'a'.repeat(8192)} HTTP/1.1`, status: 200 }),
  (format) => line(format, { request: '-', status: 400 }),
  (format) => line(format, { request: escaped('\x16\x03\x01\x02\x00\x01', format), status: 400 }),
  (format) =>
    line(format, { request: escaped('GET /a"b HTTP/1.1" 200 "DELETE /items/1 HTTP/1.1', format), status: 400 }),
  (format) => line(format, { request: escaped('GET /x\r\nDELETE /items/2 HTTP/1.1', format), status: 200 }),
  (format) => line(format, { request: 'CONNECT evil.test:443 HTTP/1.1', status: 405 }),
  (format) => line(format, { request: 'PRI * HTTP/2.0', status: 400 }),
  (format) => line(format, { request: 'OPTIONS * HTTP/1.1', status: 200 }),
  (format) =>
    line(format, { request: 'GET http://evil.test/{n}/{random:1-9} HTTP/1.1', status: 200, agent: 'absolute' }),
  (format) => line(format, { request: 'GET /health HTTP/1.1', status: 200, ip: '2001:db8::7' }),
  (format) => `${line(format, { request: 'GET /health HTTP/1.1', status: 200 })}\r`,
  (format) =>
    line(format, {
      request: 'GET /health HTTP/1.1',
      status: 200,
      agent: escaped('"] "DELETE /items/3 HTTP/1.1" 200', format),
    }),
  () => '203.0.113.9 - -',
  () => '',
]

/** How many of the hostile lines are sent in the end, by template: those that are strange, and legal. */
export const HOSTILE_SENT: Readonly<Record<string, number>> = { 'GET /health': 3, 'GET /%7Bn%7D/%7Brandom:1-9%7D': 1 }

/** An access log of so many lines, hostile ones among them; the same for the same arguments. */
export function accessLog(format: FormatName, amount: number): string {
  const lines: string[] = []
  const deck = KINDS.flatMap((kind) => Array.from({ length: kind.share }, () => kind))
  for (let n = 0; lines.length < amount - HOSTILE.length; n++) {
    const { method, path, status } = deck[(n * 37) % deck.length]!
    lines.push(line(format, { request: `${method} ${path(Math.floor(n / 100) * 7 + n)} HTTP/1.1`, status }))
  }
  for (const [index, hostile] of HOSTILE.entries()) lines.splice(Math.floor((index * amount) / 20), 0, hostile(format))
  return `${lines.join('\n')}\n`
}

interface Line {
  readonly request: string
  readonly status: number
  readonly ip?: string
  readonly agent?: string
}

function line(format: FormatName, { request, status, ip = '203.0.113.5', agent = 'Mozilla/5.0' }: Line): string {
  const time = '28/Nov/2026:10:00:00 +0000'
  switch (format) {
    case 'combined':
      return `${ip} - - [${time}] "${request}" ${status} 612 "-" "${agent}"`
    case 'timed':
      return `${ip} 203.0.113.80 [${time}] "${request}" ${status} rt=0.004 "${agent}" "-"`
    case 'structured': {
      const [, method = '', uri = ''] = /^(\S+) (.*?)(?: HTTP\/[\d.]+)?$/s.exec(request) ?? []
      return `{"ip":"${ip}","host":"203.0.113.80","method":"${method}","uri":"${uri}","status":"${status}","agent":"${agent}"}`
    }
  }
}

/** As nginx writes a value. */
function escaped(text: string, format: FormatName): string {
  if (format === 'structured') {
    return JSON.stringify(text).slice(1, -1)
  }
  return text.replace(
    /[^\x20-\x7e]|["\\]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

function uuid(n: number): string {
  return `${n.toString(16).padStart(8, '0')}-aaaa-4bbb-8ccc-0123456789ab`
}
