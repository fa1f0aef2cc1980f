import { type AST, RegExpParser } from '@eslint-community/regexpp'
import { compileTemplate } from '../load/plan/template.js'

/** Longest run of one character that is written out: patterns that ask for more are answered by none. */
const LONGEST = 200

/** A template, as of a load, whose values a location's regular expression matches; undefined where none is found. */
export function sampleOf(pattern: string, isCaseless: boolean): string | undefined {
  const source = fromPcre(pattern)
  if (source === undefined) return undefined
  let parsed: AST.Pattern
  try {
    parsed = new RegExpParser({ ecmaVersion: 2025 }).parsePattern(source)
  } catch {
    // what only PCRE knows
    return undefined
  }
  const text = alternatives(parsed.alternatives)
  if (text === undefined) return undefined
  // a pattern without an anchor matches in the midst of a path
  const path = text.startsWith('/') ? text : `/${text}`
  return /^\/[\x21-\x7e]*$/.test(path) && matches(source, isCaseless, path) ? path : undefined
}

/** A regular expression of PCRE as JavaScript has it; undefined where it has not. */
export function asRegExp(pattern: string, isCaseless: boolean): RegExp | undefined {
  try {
    return new RegExp(fromPcre(pattern) ?? '(?', isCaseless ? 'i' : '')
  } catch {
    return undefined
  }
}

/** What the two write differently and mean alike. Inline flags and POSIX classes have no counterpart. */
function fromPcre(pattern: string): string | undefined {
  if (/\(\?[a-z-]+[:)]/.test(pattern.replaceAll('(?:', '')) || pattern.includes('[[:')) return undefined
  return pattern
    .replaceAll('(?P<', '(?<')
    .replaceAll('(?>', '(?:')
    .replace(/\\A/g, '^')
    .replace(/\\[zZ]/g, '$')
    .replace(/([*+?}])\+/g, '$1')
}

function matches(source: string, isCaseless: boolean, template: string): boolean {
  const fill = compileTemplate(template)
  const expression = new RegExp(source, isCaseless ? 'i' : '')
  const sample = { n: 0, random: () => 0 }
  return expression.test(fill ? fill(sample) : template)
}

function alternatives(all: readonly AST.Alternative[]): string | undefined {
  for (const one of all) {
    const text = sequence(one.elements)
    if (text !== undefined) return text
  }
  return undefined
}

function sequence(elements: readonly AST.Element[]): string | undefined {
  let text = ''
  for (const element of elements) {
    const part = elementText(element)
    if (part === undefined) return undefined
    text += part
  }
  return text
}

function elementText(element: AST.Element): string | undefined {
  switch (element.type) {
    case 'Character':
      return String.fromCodePoint(element.value)
    case 'Assertion':
      // whether a look around holds is seen at the end, by matching
      return ''
    case 'Group':
    case 'CapturingGroup':
      return alternatives(element.alternatives)
    case 'CharacterClass':
    case 'CharacterSet':
      return oneOf(element)
    case 'Quantifier':
      return repeated(element)
    default:
      return undefined
  }
}

/** Where there may be many, there is a placeholder if digits will do. */
function repeated({ element, min, max }: AST.Quantifier): string | undefined {
  const isSet = element.type === 'CharacterClass' || element.type === 'CharacterSet'
  if (isSet && max === Number.POSITIVE_INFINITY && takes(element, '0123456789')) {
    return min <= 1 ? '{n}' : `${'1'.repeat(Math.min(min, LONGEST))}{n}`
  }
  if (isSet && min === 36 && max === 36 && takes(element, '0123456789abcdef-')) return '{uuid}'
  if (isSet && max > 1 && min <= 9 && takes(element, '0123456789')) {
    const digits = Math.max(1, min)
    return `{random:${10 ** (digits - 1)}-${10 ** digits - 1}}`
  }
  if (min === 0) return ''
  const one = elementText(element)
  return one === undefined || min > LONGEST ? undefined : one.repeat(min)
}

type AnySet = AST.CharacterClass | AST.CharacterSet

/** A character of a class, one that a path shows plainly first. */
function oneOf(set: AnySet): string | undefined {
  return [...'1aA-_.~!/'].find((char) => takes(set, char))
}

/** Whether a class has all of these characters. */
function takes(set: AnySet, chars: string): boolean {
  const expression = new RegExp(`^(?:${set.raw})+$`, 's')
  return expression.test(chars)
}
