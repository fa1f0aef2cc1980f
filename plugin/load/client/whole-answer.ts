/**
 * The status of the answer that the first `length` of `bytes` are, where they are one whole answer of the common kind and nothing else;
 * undefined for all others, which autocannon's parser reads. That parser knows every message there is and makes a string of each of its
 * lines: a third of a request's processor time, while most answers come whole, in one read.
 *
 * Of the common kind: HTTP/1.1, a final status, no header that goes on in another line, a connection that stays open, and a body by
 * Content-Length or in chunks without extensions and trailers, or none where 204 and 304 have none. Whatever is doubtful is left to the
 * parser, so that both say the same of each answer. An answer to HEAD is the parser's: its head speaks of a body that does not come.
 */
export function wholeAnswer(bytes: Uint8Array, length: number): number | undefined {
  const status = statusOf(bytes, length)
  if (status < 200) return undefined
  let bodyBytes = status === 204 || status === 304 ? 0 : undefined
  let hasLength = false
  let isChunked = false
  let line = 0
  for (let end = lineEnd(bytes, line, length); end !== line; end = lineEnd(bytes, line, length)) {
    if (end < 0 || bytes[line] === SPACE || bytes[line] === TAB) return undefined
    if (begins(bytes, line, end, CONTENT_LENGTH)) {
      bodyBytes = decimal(bytes, valueStart(bytes, line + CONTENT_LENGTH.length), end)
      if (hasLength || bodyBytes === undefined) return undefined
      hasLength = true
    } else if (begins(bytes, line, end, TRANSFER_ENCODING)) {
      if (!isText(bytes, valueStart(bytes, line + TRANSFER_ENCODING.length), end, CHUNKED)) return undefined
      isChunked = true
    } else if (begins(bytes, line, end, CONNECTION)) {
      if (!isText(bytes, valueStart(bytes, line + CONNECTION.length), end, KEEP_ALIVE)) return undefined
    } else if (begins(bytes, line, end, UPGRADE)) return undefined
    line = end + 2
  }
  const body = line + 2
  if (isChunked) return !hasLength && chunksEnd(bytes, body, length) === length ? status : undefined
  return bodyBytes !== undefined && body + bodyBytes === length ? status : undefined
}

const TAB = 9
const LF = 10
const CR = 13
const SPACE = 32
const VERSION = Buffer.from('HTTP/1.1 ')
const CONTENT_LENGTH = Buffer.from('content-length:')
const TRANSFER_ENCODING = Buffer.from('transfer-encoding:')
const CONNECTION = Buffer.from('connection:')
const UPGRADE = Buffer.from('upgrade:')
const CHUNKED = Buffer.from('chunked')
const KEEP_ALIVE = Buffer.from('keep-alive')
/** What is longer is no length that one read can have. */
const MOST_DIGITS = 8

/** The status of the first line, or -1 where it is not one of HTTP/1.1. */
function statusOf(bytes: Uint8Array, length: number): number {
  const at = VERSION.length
  if (length < at + 4) return -1
  for (let index = 0; index < at; index++) if (bytes[index] !== VERSION[index]) return -1
  const next = bytes[at + 3]
  return next === SPACE || next === CR ? (decimal(bytes, at, at + 3) ?? -1) : -1
}

/**
 * Where the line ends that begins at `from`: at its CR, which LF follows. -1 where it is not whole, where one of the two stands alone,
 * and where a byte is not ASCII, of which the parser has a notion of its own.
 */
function lineEnd(bytes: Uint8Array, from: number, length: number): number {
  for (let at = from; at < length; at++) {
    const byte = bytes[at]!
    if (byte === CR) return at + 1 < length && bytes[at + 1] === LF ? at : -1
    if (byte === LF || byte > 127) return -1
  }
  return -1
}

function valueStart(bytes: Uint8Array, from: number): number {
  let at = from
  while (bytes[at] === SPACE || bytes[at] === TAB) at++
  return at
}

function begins(bytes: Uint8Array, from: number, end: number, text: Uint8Array): boolean {
  return (
    lowerCase(bytes[from]!) === text[0] && end - from >= text.length && isText(bytes, from, from + text.length, text)
  )
}

/** Whether the bytes are `text`, which is in lower case. */
function isText(bytes: Uint8Array, from: number, end: number, text: Uint8Array): boolean {
  if (end - from !== text.length) return false
  for (let index = 0; index < text.length; index++) if (lowerCase(bytes[from + index]!) !== text[index]) return false
  return true
}

function lowerCase(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte
}

function decimal(bytes: Uint8Array, from: number, end: number): number | undefined {
  if (end <= from || end - from > MOST_DIGITS) return undefined
  let value = 0
  for (let at = from; at < end; at++) {
    const digit = bytes[at]! - 48
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return value
}

/** Where a body in chunks ends that begins at `from`; -1 where it is not whole, or not of plain chunks. */
function chunksEnd(bytes: Uint8Array, from: number, length: number): number {
  for (let at = from; ; ) {
    const end = lineEnd(bytes, at, length)
    const size = end < 0 ? undefined : hexadecimal(bytes, at, end)
    if (size === undefined) return -1
    at = end + 2 + size
    if (lineEnd(bytes, at, length) !== at) return -1
    at += 2
    if (size === 0) return at
  }
}

function hexadecimal(bytes: Uint8Array, from: number, end: number): number | undefined {
  if (end <= from || end - from > MOST_DIGITS) return undefined
  let value = 0
  for (let at = from; at < end; at++) {
    const byte = lowerCase(bytes[at]!)
    const digit = byte >= 97 ? byte - 87 : byte - 48
    if (digit < 0 || digit > 15 || (byte > 57 && byte < 97)) return undefined
    value = value * 16 + digit
  }
  return value
}
