import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const DOC = readFileSync(new URL('../../../docs/ci.md', import.meta.url), 'utf8')

/** The script of the step that comments, as GitHub's runner gets it. */
const SCRIPT = /name: One comment[\s\S]*?run: \|\n((?: {10}.*\n)+)/.exec(DOC)![1]!.replace(/^ {10}/gm, '')

/** GitHub's client, as far as the script needs it: says what it was asked to do, and lists the comment that is there. */
const GH = '#!/bin/sh\necho "$@" >> asked\ncase "$*" in *--paginate*) [ -z "$THERE" ] || echo "$THERE" ;; esac\n'

const DIFFERENCE = '<!-- vitest-openresty-leak compare -->\n### OpenResty: head holds +48 KB when warm\n'
const NONE = '<!-- vitest-openresty-leak compare -->\n### OpenResty: no difference between base and head\n'
const LEAKS = '.vitest/openresty-leak/comment.md'

/** Runs the script beside these files; says what it asked of GitHub beyond the list, and the comment. */
function comment(files: Readonly<Record<string, string>>, there = '') {
  const folder = mkdtempSync(join(tmpdir(), 'resty-leak-comment-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries({ 'bin/gh': GH, 'step.sh': SCRIPT, ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  chmodSync(join(folder, 'bin/gh'), 0o755)
  const env = { PATH: `${folder}/bin:${process.env.PATH}`, COMMENTS: 'repos/o/r/issues/7/comments', THERE: there }
  const { status, stderr } = spawnSync('bash', ['-e', 'step.sh'], { cwd: folder, env, encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const [list, ...asked] = readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n')
  expect(list).toMatch(/^api --paginate repos\/o\/r\/issues\/7\/comments --jq /)
  return { asked, text: readFileSync(join(folder, 'comment.md'), 'utf8') }
}

test('a difference is a new comment', () => {
  const { asked, text } = comment({ 'compare.md': DIFFERENCE })
  expect(asked).toEqual(['api repos/o/r/issues/7/comments -F body=@comment.md'])
  expect(text).toContain('head holds +48 KB')
})

test('a comment that is there is updated, also when nothing differs any more', () => {
  const { asked } = comment({ 'compare.md': NONE }, 'https://api.github.com/repos/o/r/issues/comments/5')
  expect(asked).toEqual(['api -X PATCH https://api.github.com/repos/o/r/issues/comments/5 -F body=@comment.md'])
})

test('no difference is no comment', () => {
  expect(comment({ 'compare.md': NONE }).asked).toEqual([])
})

test('what the leak tests found is in the same comment', () => {
  const { asked, text } = comment({ 'compare.md': NONE, [LEAKS]: 'heap grew on 1 path' })
  expect(asked).toHaveLength(1)
  expect(text).toMatch(/^<!-- vitest-openresty-leak compare -->\n[\s\S]*no difference[\s\S]*heap grew on 1 path$/)
})
