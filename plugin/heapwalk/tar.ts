import { sumOf } from '../base/sum.js'

const BLOCK = 512

/** A tar archive of one file, owned by root: what a container engine takes to put a file into a container. `name` has at most 99 bytes. */
export function tarOf(name: string, content: Uint8Array, mode: number): Buffer {
  const header = Buffer.alloc(BLOCK)
  header.write(name, 0)
  header.write(octal(mode, 7), 100)
  header.write(octal(0, 7), 108) // owner
  header.write(octal(0, 7), 116) // group
  header.write(octal(content.length, 11), 124)
  header.write(octal(0, 11), 136) // time of change
  header.write('        ', 148) // the checksum is taken over blanks in its own place
  header.write('0', 156)
  header.write('ustar\0' + '00', 257)
  const checksum = sumOf(header)
  header.write(`${octal(checksum, 6)}\0 `, 148)
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)
  return Buffer.concat([header, content, padding, Buffer.alloc(2 * BLOCK)])
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}
