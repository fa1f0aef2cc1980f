/** `a`, `a and b`, `a, b and c`; nothing of an empty list. @param last what stands before the last of several */
export function listWords(words: readonly string[], last: 'and' | 'or' = 'and'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}
