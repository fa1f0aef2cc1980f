import { expect, test } from 'vitest'
import { statementLine } from '../../../plugin/locate/statement.js'

const LINES = `local _M = {}
local list = {}

function _M.add(id)
    list[#list + 1] = {
        id = id, -- not }
        name = "}",
    }
    if id then
        list.hook = function()
            return id
        end
    elseif _M then
        list[id] = true
    end
    register(
        id, function() end
    )
    list[1] = 1
end
`.split('\n')

test('a table that is written over several lines is added by the line on which it begins', () => {
  expect(statementLine(LINES, 8)).toBe(5)
})

test('so is a function', () => {
  expect(statementLine(LINES, 12)).toBe(10)
})

test('so is what a call over several lines adds', () => {
  expect(statementLine(LINES, 18)).toBe(16)
})

test('the end of a block or of a named function is a line of its own', () => {
  expect([15, 20].map((line) => statementLine(LINES, line))).toEqual([15, 20])
})

test('any other line is the one that adds', () => {
  expect([5, 6, 14, 19].map((line) => statementLine(LINES, line))).toEqual([5, 6, 14, 19])
})
