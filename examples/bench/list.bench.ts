import { bench, describe } from 'vitest'
import { benchServer } from 'vitest-openresty-leak/bench'

const server = benchServer({ conf: 'nginx.conf' })

describe('a list of 200 items', () => {
  bench('joined', server.request('/joined'))
  bench('appended', server.request('/appended'))
})
