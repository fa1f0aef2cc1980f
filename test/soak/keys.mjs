/**
 * How the keys of requests are spread, as Lua expressions over `n`, the number of the request, and `id`, a UUID.
 * The first two never come twice; the others come from a set that is much smaller than the number of requests.
 */
export const eachNew = (random) =>
  random.pick([
    { name: 'numbered', lua: '"item:" .. n' },
    { name: 'uuid', lua: 'id' },
  ])

/** A few keys are asked for most of the time, as customers are: with `count` keys, half of the requests go to the first square root of them. */
export const skewed = (count) => ({ name: `skewed ${count}`, lua: `"user:" .. math.floor(${count} ^ math.random())` })

export const even = (count) => ({ name: `even ${count}`, lua: `"user:" .. math.random(${count})` })

/** Of any of these kinds, most often keys that fill a cache. */
export const anyKeys = (random) =>
  random.pick([
    eachNew(random),
    eachNew(random),
    skewed(random.magnitude(100, 100_000)),
    even(random.magnitude(20, 5000)),
  ])

/** From a set that the warm-up has seen as good as all of. */
export const fewKeys = (random) => even(random.magnitude(5, 500))
