import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** Longest line that is looked at, in bytes: eight times what nginx takes for a request line. The rest of a longer one is skipped. */
const LONGEST = 65_536

/**
 * The lines of a file, one byte per character, without their ends (LF or CRLF). A `.gz` is unpacked. No more than one line is held at a time.
 * @throws what reading throws
 */
export async function* linesOf(file: string): AsyncGenerator<string> {
  let line = ''
  let isFresh = true
  for await (const chunk of bytesOf(file)) {
    const text = (chunk as Buffer).toString('latin1')
    let from = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      yield ended(joined(line, text, from, end))
      line = ''
      isFresh = true
      from = end + 1
    }
    line = joined(line, text, from, text.length)
    isFresh &&= from === text.length
  }
  if (!isFresh) yield ended(line)
}

function joined(line: string, text: string, from: number, to: number): string {
  return line.length >= LONGEST ? line : line + text.slice(from, Math.min(to, from + LONGEST - line.length))
}

function ended(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

function bytesOf(file: string): Readable {
  const stream = createReadStream(file)
  if (!file.endsWith('.gz')) return stream
  const unpacked = createGunzip()
  stream.on('error', (error) => unpacked.destroy(error))
  return stream.pipe(unpacked)
}
