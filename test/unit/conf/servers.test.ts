import { expect, test } from 'vitest'
import { readConfTree } from '../../../plugin/conf/conf-tree.js'
import { findListens } from '../../../plugin/conf/listen.js'
import { findServers } from '../../../plugin/conf/servers.js'

function servers(files: Readonly<Record<string, string>>) {
  const source = {
    read(path: string) {
      const text = files[path]
      if (text === undefined) throw new Error('ENOENT')
      return text
    },
    glob: () => [],
  }
  const tree = readConfTree('/p/nginx.conf', {}, source)
  return findServers(tree, findListens(tree))
}

test('a server is told by its place, ports, names and locations, those of included files too', () => {
  const conf = `http {
  server {
    listen 8080 default_server;
    listen 127.0.0.1:8081-8082;
    server_name a.test *.a.test;
    location /t { location = /t/in { } }
    include more.conf;
  }
}
stream { server { listen 9000; } }`
  expect(servers({ '/p/nginx.conf': conf, '/p/more.conf': 'location ~ ^/api { }' })).toEqual([
    {
      place: 'nginx.conf:2',
      ports: [8080, 8081, 8082],
      defaultOf: [8080],
      names: ['a.test', '*.a.test'],
      locations: ['/t', '~ ^/api'],
    },
  ])
})

test('one without a listen is on port 80, one on a unix socket on none', () => {
  expect(servers({ '/p/nginx.conf': 'http { server { } server { listen unix:/run/x; } }' })).toMatchObject([
    { ports: [80] },
    { ports: [] },
  ])
})
