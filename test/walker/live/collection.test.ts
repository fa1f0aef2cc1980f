import { expect, test } from 'vitest'
import { bytesUntilCollected } from '../../../plugin/heap/collection.js'
import { serve } from '../server.js'

/** `/drop` leaves garbage whose finalizer tells that it ran, `/allocate` makes tables of known size until it did. */
const locations = {
  '/keep': `
    local kept = package.loaded.kept or {}
    package.loaded.kept = kept
    for i = 1, tonumber(ngx.var.arg_n) do kept[#kept + 1] = { i, "string " .. i } end
    ngx.print("ok")`,
  '/finish': 'collectgarbage() ngx.print("ok")',
  '/begin': 'collectgarbage("step", 1) ngx.print("ok")',
  '/drop': `
    local ffi = require("ffi")
    package.loaded.ran = false
    ffi.gc(ffi.new("int[4]"), function() package.loaded.ran = true end)
    ngx.print("ok")`,
  '/allocate': `
    local most, bytes = tonumber(ngx.var.arg_most), 0
    while bytes < most and not package.loaded.ran do
      for i = 1, 10 do package.loaded.last = { i } end -- a table of 88 bytes
      bytes = bytes + 880
    end
    ngx.print(package.loaded.ran and bytes or "not collected")`,
}

test.each([
  ['a small heap', 10, [], ['pause'], 10],
  ['one of 200,000 tables', 200_000, [], ['pause'], 10],
  // in most cases the one that is under way takes it
  ['one in the middle of a collection', 200_000, ['/begin'], ['propagate', 'atomic'], 50],
] as const)('garbage in %s is gone once as much was allocated as it tells', async (_, kept, before, states, most) => {
  await using server = await serve({ locations })
  await server.get(`/keep?n=${kept}`)
  for (let round = 0; round < 3; round++) {
    await server.get('/finish')
    for (const path of before) await server.get(path)
    await server.get('/drop')
    const [vm] = (await server.runtime.snapshot(server.pid)).vms
    expect(states).toContain(vm!.gc?.state)
    const told = bytesUntilCollected(vm!)!
    const took = Number(await server.get(`/allocate?most=${told}`))
    expect(took).toBeGreaterThan(0)
    expect(took).toBeLessThanOrEqual(bytesUntilCollected(vm!, 0)!)
    expect(bytesUntilCollected(vm!, 0)).toBeLessThan(told)
    expect(told).toBeLessThan(took * most)
  }
})
