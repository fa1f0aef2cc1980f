import { describe, expect, test } from 'vitest'
import { containerPath, pathHere } from '../../../plugin/base/container-path.js'

describe('on Windows', () => {
  test.each([
    ['C:\\work\\app\\nginx.conf', '/c/work/app/nginx.conf'],
    ['D:\\', '/d'],
    ['\\\\wsl.localhost\\Debian\\app', '/unc/wsl.localhost/Debian/app'],
  ])('%s is %s in a container, and that is it here', (here, inside) => {
    expect(containerPath(here, 'win32')).toBe(inside)
    expect(pathHere(inside, 'win32')).toBe(here)
  })

  test('slashes do as well, and so does a path without the limit of its length', () => {
    expect(containerPath('c:/work/app', 'win32')).toBe('/c/work/app')
    expect(containerPath('\\\\?\\C:\\work\\app', 'win32')).toBe('/c/work/app')
  })

  test.each(['/etc/nginx/mime.types', '/usr', '/', '/unc'])('%s is none of its files', (path) => {
    expect(pathHere(path, 'win32')).toBeNull()
  })
})

test.each(['linux', 'darwin'] as const)('on %s a path is the same in a container', (platform) => {
  expect(containerPath('/c/app', platform)).toBe('/c/app')
  expect(pathHere('/c/app', platform)).toBe('/c/app')
})
