import { expect, test } from 'vitest'
import { columns } from '../../../../plugin/report/terminal/columns.js'

test('cells of a column start at the same place, and no line ends in blanks', () => {
  expect(
    columns(
      [
        ['strings', '[*]', '+20,157', 'x'],
        ['tables', '', '+0'],
        ['a', '', '', ''],
      ],
      [2, 3],
    ),
  ).toEqual(['strings  [*]   +20,157   x', 'tables         +0', 'a'])
})

test('a column without content takes no room', () => {
  expect(
    columns(
      [
        ['contents', '', '40 B'],
        ['x', ''],
      ],
      [2],
    ),
  ).toEqual(['contents  40 B', 'x'])
})
