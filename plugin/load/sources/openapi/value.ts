import type { Media, Parameter, Schema } from './types.js'

/** Largest id that servers keep in 32 bits. */
const MOST = 2 ** 31 - 1
/** Schemas may hold themselves. */
const DEEPEST = 8

/** A value for a parameter that differs from request to request where its schema allows it. */
export function varyingText(parameter: Parameter): string {
  const schema = schemaOf(parameter)
  const fixed = firstOf(schema?.const, schema?.enum?.[0])
  if (fixed !== undefined) return plain(fixed)
  switch (typeOf(schema)) {
    case 'boolean':
      return 'true'
    case 'integer':
    case 'number':
      return numberTemplate(schema!)
    case 'array':
      return schema!.items ? varyingText({ schema: schema!.items }) : '{n}'
    case 'object':
      return exampleText(parameter) ?? '{n}'
    default:
      return stringTemplate(schema, parameter)
  }
}

/** What the document itself gives as an example; undefined where it gives none. */
export function exampleText(parameter: Parameter): string | undefined {
  const schema = schemaOf(parameter)
  const value = firstOf(
    parameter.example,
    firstValue(parameter.examples),
    schema?.example,
    Array.isArray(schema?.examples) ? schema.examples[0] : undefined,
    schema?.default,
  )
  return value === undefined ? undefined : plain(value)
}

/** A body that its schema allows, as JSON; placeholders stand in it as in a path. */
export function bodyText({ example, examples, schema }: Media): string {
  const given = firstOf(example, firstValue(examples), schema?.example)
  return typeof given === 'string' ? given : JSON.stringify(given ?? sample(schema, DEEPEST))
}

function sample(schema: Schema | undefined, left: number): unknown {
  if (!schema || left === 0) return null
  const fixed = firstOf(schema.const, schema.example, schema.examples?.[0], schema.default, schema.enum?.[0])
  if (fixed !== undefined) return fixed
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => sample(part, left - 1)))
  const choice = schema.oneOf?.[0] ?? schema.anyOf?.[0]
  if (choice) return sample(choice, left - 1)
  switch (typeOf(schema)) {
    case 'boolean':
      return true
    case 'integer':
    case 'number':
      return lowest(schema) ?? 1
    case 'array':
      return schema.items ? [sample(schema.items, left - 1)] : []
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([name]) => schema.required?.includes(name))
          .map(([name, property]) => [name, sample(property, left - 1)]),
      )
    default:
      return stringTemplate(schema, {})
  }
}

function numberTemplate(schema: Schema): string {
  const [low, high] = [lowest(schema), highest(schema)]
  if (low === undefined && high === undefined) return '{n}'
  if (low === undefined) return `{random:${Math.min(0, high!)}-${high}}`
  return `{random:${low}-${Math.max(low, high ?? MOST)}}`
}

/** Random dates and addresses are the same to a cache as to a parser; what has a form keeps it. */
function stringTemplate(schema: Schema | undefined, parameter: Parameter): string {
  switch (schema?.format) {
    case 'uuid':
      return '{uuid}'
    case 'date':
      return '2026-01-{random:10-28}'
    case 'date-time':
      return '2026-01-{random:10-28}T12:00:00Z'
    case 'email':
      return 'user{n}@example.org'
    case 'uri':
    case 'url':
      return 'https://example.org/{n}'
    case 'ipv4':
      return '192.0.2.{random:1-254}'
  }
  // a pattern that is not read, or a format that is not known, is best met by what the document shows
  const isFree = schema?.format === undefined && !('pattern' in (schema ?? {}))
  if (!isFree) return exampleText(parameter) ?? '{n}'
  return `${'x'.repeat(Math.min(64, Math.max(0, (schema?.minLength ?? 1) - 1)))}{n}`
}

function lowest({ minimum, exclusiveMinimum }: Schema): number | undefined {
  if (typeof exclusiveMinimum === 'number') return Math.floor(exclusiveMinimum) + 1
  if (minimum === undefined) return undefined
  return Math.ceil(minimum) + (exclusiveMinimum === true && Number.isInteger(minimum) ? 1 : 0)
}

function highest({ maximum, exclusiveMaximum }: Schema): number | undefined {
  if (typeof exclusiveMaximum === 'number') return Math.ceil(exclusiveMaximum) - 1
  if (maximum === undefined) return undefined
  return Math.floor(maximum) - (exclusiveMaximum === true && Number.isInteger(maximum) ? 1 : 0)
}

function schemaOf({ schema, content }: Parameter): Schema | undefined {
  return schema ?? Object.values(content ?? {})[0]?.schema
}

/** Of several types of 3.1 the first that is not null. */
function typeOf(schema: Schema | undefined): string | undefined {
  const { type } = schema ?? {}
  return typeof type === 'string' ? type : type?.find((name) => name !== 'null')
}

function firstValue(examples: Media['examples']): unknown {
  return Object.values(examples ?? {})[0]?.value
}

function firstOf(...values: readonly unknown[]): unknown {
  return values.find((value) => value !== undefined)
}

/** As a path or a query carries it. */
function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(',')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
