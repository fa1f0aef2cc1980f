import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repositoryPath } from '../../../plugin/base/repository-path.js'

const HERE = process.cwd()

test.each([
  ['GitHub has checked it out', { GITHUB_WORKSPACE: HERE }, 'nginx.conf'],
  ['GitLab has checked it out', { CI_PROJECT_DIR: HERE }, 'nginx.conf'],
  ['the working directory lies below that', { GITHUB_WORKSPACE: join(HERE, '..') }, /^[^/]+\/nginx\.conf$/],
  ['nobody says where that is', {}, 'nginx.conf'],
])('a path is told from the root of the repository: %s', (_, env, path) => {
  expect(repositoryPath('nginx.conf', env)).toMatch(path)
  expect(repositoryPath(join(HERE, 'nginx.conf'), env)).toMatch(path)
})

test('the root itself is an empty string', () => {
  expect(repositoryPath('.', { GITHUB_WORKSPACE: HERE })).toBe('')
})
