import { describe, expect, test } from 'vitest'
import { defaultPrefix, directivesOf, readConfTree } from '../../../plugin/conf/conf-tree.js'

function sourceOf(files: Record<string, string>, globs: Record<string, string[]> = {}) {
  return {
    read(path: string) {
      const text = files[path]
      if (text === undefined) throw new Error(`ENOENT: ${path}`)
      return text
    },
    glob: (pattern: string) => globs[pattern] ?? [],
  }
}

function pathsOf(files: Record<string, string>, globs?: Record<string, string[]>) {
  return readConfTree('/p/conf/nginx.conf', {}, sourceOf(files, globs)).files.map(({ path }) => path)
}

describe('prefix', () => {
  test('is the folder of the conf', () => expect(defaultPrefix('/p/site/nginx.conf')).toBe('/p/site'))
  test('is the parent of a folder named conf', () => expect(defaultPrefix('/p/conf/nginx.conf')).toBe('/p'))
})

describe('includes', () => {
  test('are found relative to the main conf, from whichever file they are in', () => {
    const files = {
      '/p/conf/nginx.conf': 'include sub/a.conf;',
      '/p/conf/sub/a.conf': 'include sub/b.conf;',
      '/p/conf/sub/b.conf': '',
    }
    expect(pathsOf(files)).toEqual(Object.keys(files))
  })

  test('are found by absolute path and by glob, in order', () => {
    const files = {
      '/p/conf/nginx.conf': 'http { include /etc/x.conf; include sites/*.conf; }',
      '/etc/x.conf': '',
      '/p/conf/sites/a.conf': '',
      '/p/conf/sites/b.conf': '',
    }
    const globs = { '/p/conf/sites/*.conf': ['/p/conf/sites/a.conf', '/p/conf/sites/b.conf'] }
    expect(pathsOf(files, globs)).toEqual(Object.keys(files))
  })

  test('keep the blocks around them', () => {
    const files = { '/p/conf/nginx.conf': 'http { server { include a; } }', '/p/conf/a': 'listen 80;' }
    const tree = readConfTree('/p/conf/nginx.conf', {}, sourceOf(files))
    const listen = [...directivesOf(tree)].find(({ directive }) => directive.name === 'listen')
    expect(listen?.context.map(({ name }) => name)).toEqual(['http', 'server'])
  })

  test('of themselves end', () => {
    expect(pathsOf({ '/p/conf/nginx.conf': 'include nginx.conf; include a;', '/p/conf/a': 'include a;' })).toEqual([
      '/p/conf/nginx.conf',
      '/p/conf/a',
    ])
  })

  test('that cannot be read are left to nginx', () => {
    expect(pathsOf({ '/p/conf/nginx.conf': 'include nowhere.conf;' })).toEqual(['/p/conf/nginx.conf'])
  })

  test('are not looked for in Lua', () => {
    expect(pathsOf({ '/p/conf/nginx.conf': 'init_by_lua_block { include a; }', '/p/conf/a': '' })).toHaveLength(1)
  })
})

describe('errors', () => {
  test('name a conf that is missing', () => {
    expect(() => readConfTree('/p/none.conf', {}, sourceOf({}))).toThrow(
      expect.objectContaining({ code: 'RUNTIME_CONF_MISSING', message: expect.stringContaining('/p/none.conf') }),
    )
  })
})

describe('replacements', () => {
  const files = { '/p/conf/nginx.conf': 'include a;', '/p/conf/a': 'proxy_pass http://db; proxy_pass http://db;' }

  test('change every occurrence, taken literally', () => {
    const tree = readConfTree('/p/conf/nginx.conf', { replace: [['http://db', 'http://$&']] }, sourceOf(files))
    expect(tree.files[1]?.text).toBe('proxy_pass http://$&; proxy_pass http://$&;')
  })

  test('that match nothing are an error', () => {
    expect(() => readConfTree('/p/conf/nginx.conf', { replace: [['cache', 'x']] }, sourceOf(files))).toThrow(
      expect.objectContaining({ code: 'RUNTIME_CONF_REPLACE', message: expect.stringContaining('"cache"') }),
    )
  })
})
