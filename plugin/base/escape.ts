/**
 * Text from inside a worker (keys in paths, file names, error messages) as it may go to a terminal:
 * control characters, bidirectional overrides and line separators become `\u` escapes, so that a key cannot move the cursor or fake a line.
 */
export function escaped(text: string): string {
  return text.replace(HOSTILE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** As `escaped`, but line ends stay and tabs are blanks: for messages of several lines, such as nginx's own and Lua's. */
export function escapedLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => escaped(line.replaceAll('\t', '  ')))
    .join('\n')
}

const HOSTILE = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\p{Cs}]/gu
