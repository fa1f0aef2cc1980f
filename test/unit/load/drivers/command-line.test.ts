import { expect, test } from 'vitest'
import { fillWords, parseCommand, variablesOf } from '../../../../plugin/load/drivers/command-line.js'

const VALUES = { URL: 'http://127.0.0.1:1', ROUND: '2', AMOUNT: '3929', PORT_8500: '34568' }

function filled(given: string | readonly string[], env: NodeJS.ProcessEnv = { HOME: '/root' }): string[] {
  const { command } = parseCommand(given, false, env)
  return command.shell ? [] : fillWords(command.words, VALUES)
}

test.each([
  [`wrk -t1 -d2s "$URL/t"`, ['wrk', '-t1', '-d2s', 'http://127.0.0.1:1/t']],
  [`h2load -n$AMOUNT \${URL}/t?x=$ROUND`, ['h2load', '-n3929', 'http://127.0.0.1:1/t?x=2']],
  [`nc 127.0.0.1 $PORT_8500 -w "a  b" ''`, ['nc', '127.0.0.1', '34568', '-w', 'a  b', '']],
  [`awk '{ print $1 }' '$URL' \\$URL`, ['awk', '{ print $1 }', '$URL', '$URL']],
  ['ls $HOME/*.lua', ['ls', '/root/*.lua']],
])('%s is split and filled as a shell would', (text, words) => {
  expect(filled(text)).toEqual(words)
})

test('words that are given one by one are taken as they are, but for our variables', () => {
  expect(filled(['grep', '-E', '^a|b$', '$URL/t', '$URLS', `\${AMOUNT}x`, "it's $HOME", '*'])).toEqual([
    'grep',
    '-E',
    '^a|b$',
    'http://127.0.0.1:1/t',
    '$URLS',
    '3929x',
    "it's $HOME",
    '*',
  ])
})

test.each([
  ['a | b', 'the command holds |, which only a shell understands'],
  ['a > f', 'the command holds >,'],
  ['a; b', 'the command holds ;,'],
  ['a $(date)', 'the command holds $(...),'],
  ['a # b', 'the command holds # b,'],
  ['wrk $ULR/t', 'the command names $ULR, which is neither set nor one of ours'],
  ['  ', 'the command is empty'],
  ["''", 'the command is empty'],
  ['a\0b', 'the command holds a NUL'],
])('%j is refused', (text, message) => {
  expect(() => filled(text)).toThrow(message)
})

test('a shell gets the line as it is, and only a line', () => {
  const line = 'for i in 1 2; do curl "$URL/$i" | cat; done'
  expect(parseCommand(line, true)).toEqual({ command: { shell: true, line }, text: line })
  expect(() => parseCommand(['a', 'b'], true)).toThrow('as one text, not as a list of words')
})

test('the variables that a command names are known', () => {
  expect([...variablesOf(parseCommand('a $PORT_8500 "$URL"', false).command)]).toEqual(['PORT_8500', 'URL'])
  expect([...variablesOf(parseCommand(`a \${PORT_81} $HOME`, true).command)]).toEqual(['PORT_81'])
})

test('a command is told as the user wrote it', () => {
  expect(parseCommand(' wrk "$URL" ', false).text).toBe('wrk "$URL"')
  expect(parseCommand(['wrk', '-H', 'a: b', '$URL/t'], false).text).toBe('wrk -H "a: b" $URL/t')
})
