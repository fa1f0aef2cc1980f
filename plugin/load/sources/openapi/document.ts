import { dereference } from '@apidevtools/json-schema-ref-parser'
import { LoadError } from '../../error.js'
import type { OpenApi } from './types.js'

/**
 * Reads an OpenAPI document, JSON or YAML, with every `$ref` resolved: inside it and to files beside it. Nothing is fetched.
 * @throws LoadError `LOAD_SOURCE` for another version, and for a document that cannot be read
 */
export async function readOpenApi(file: string): Promise<OpenApi> {
  let document: OpenApi & { readonly swagger?: unknown }
  try {
    document = (await dereference(file, { resolve: { http: false } })) as typeof document
  } catch (cause) {
    throw new LoadError('LOAD_SOURCE', `the OpenAPI document cannot be read: ${(cause as Error).message}`, { cause })
  }
  const version = document?.openapi ?? document?.swagger
  if (typeof document?.openapi !== 'string' || !/^3\.[01]\./.test(document.openapi)) {
    throw new LoadError(
      'LOAD_SOURCE',
      `OpenAPI ${String(version)} is not read, 3.0 and 3.1 are: convert the document, such as with swagger2openapi`,
    )
  }
  return document
}
