const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
}

export class SizeError extends Error {
  override readonly name = 'SizeError'
  readonly code = 'SIZE_INVALID'
}

/**
 * Bytes of a size as people write it: `64000`, `'64KB'`, `'64 KB'`, `'1.5 MiB'`. KB is 1000 bytes, KiB 1024; case does not matter.
 * @throws SizeError that names the value and the legal units
 */
export function parseSize(size: string | number): number {
  const [, digits, unit = 'b'] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)?\s*$/i.exec(String(size)) ?? []
  const scale = UNITS[unit.toLowerCase()]
  if (digits === undefined || scale === undefined) {
    throw new SizeError(
      `${JSON.stringify(size)} is no size: write bytes, or a number with B, KB, MB, GB (1000) or KiB, MiB, GiB (1024), such as '64 KB'`,
    )
  }
  return Math.round(Number(digits) * scale)
}
