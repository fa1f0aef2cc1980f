/** What of OpenAPI 3.0 and 3.1 is looked at, references resolved. Anything may be missing or of another type: documents are written by hand. */
export interface OpenApi {
  readonly openapi: string
  readonly servers?: readonly OpenApiServer[]
  readonly paths?: Readonly<Record<string, PathItem | undefined>>
}

export interface OpenApiServer {
  readonly url?: string
  readonly variables?: Readonly<Record<string, { readonly default?: string }>>
}

export type PathItem = {
  readonly parameters?: readonly Parameter[]
  readonly servers?: readonly OpenApiServer[]
} & Readonly<Record<string, unknown>>

export interface Operation {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: RequestBody
  readonly servers?: readonly OpenApiServer[]
}

export interface Parameter {
  readonly name?: string
  readonly in?: string
  readonly required?: boolean
  readonly schema?: Schema
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value?: unknown }>>
  readonly content?: Readonly<Record<string, Media>>
}

export interface RequestBody {
  readonly required?: boolean
  readonly content?: Readonly<Record<string, Media>>
}

export interface Media {
  readonly schema?: Schema
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value?: unknown }>>
}

export interface Schema {
  /** A list in 3.1. */
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly example?: unknown
  readonly examples?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  /** A number in 3.1, a flag of `minimum` in 3.0. */
  readonly exclusiveMinimum?: number | boolean
  readonly exclusiveMaximum?: number | boolean
  readonly minLength?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly allOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
}
