import { existsSync } from 'node:fs'
import { packageFile } from '../base/package-files.js'
import { WalkerError } from './walker-error.js'

/**
 * The heapwalk executable for a processor, `x64` or `arm64`; default: this one's.
 * Throws WalkerError `WALKER_MISSING` where there is none.
 */
export function walkerPath(arch: string = process.arch): string {
  const name = `heapwalk-linux-${arch}`
  // in the repository where make puts it, even if dist has an older one
  const places = [`nginx/walker/build/${name}`, `dist/walker/${name}`].map(packageFile)
  const found = places.find((path) => existsSync(path))
  if (found) return found
  throw new WalkerError(
    'WALKER_MISSING',
    `no heapwalk executable for linux-${arch}: looked for ${places.join(' and ')}. The package has those for x64 and arm64; in a clone \`npm run build:walker\` builds this machine's.`,
  )
}
