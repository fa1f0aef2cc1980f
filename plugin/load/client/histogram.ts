/**
 * Counts of latencies in whole microseconds, exact to three significant digits: below 2,048 us every value has its own
 * bucket, above it each power of two is cut into 1,024. It has a fixed size, so recording never allocates.
 * (The histogram of autocannon holds whole milliseconds, which on loopback is one bucket for everything.)
 */
export class Histogram {
  readonly #counts = new Float64Array(BUCKETS)
  #count = 0
  #sum = 0
  #sumOfSquares = 0
  #min = Number.POSITIVE_INFINITY
  #max = 0

  /** Count one latency. Longer than 35 minutes counts as 35 minutes. */
  record(us: number): void {
    const value = us < 0 ? 0 : us > HIGHEST ? HIGHEST : Math.round(us)
    const bucket = bucketOf(value)
    this.#counts[bucket] = this.#counts[bucket]! + 1
    this.#count++
    this.#sum += value
    this.#sumOfSquares += value * value
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
  }

  /** Add everything that `other` counted. */
  add(other: Histogram): void {
    for (let bucket = other.#first; bucket <= other.#last; bucket++) {
      this.#counts[bucket] = this.#counts[bucket]! + other.#counts[bucket]!
    }
    this.#count += other.#count
    this.#sum += other.#sum
    this.#sumOfSquares += other.#sumOfSquares
    this.#min = Math.min(this.#min, other.#min)
    this.#max = Math.max(this.#max, other.#max)
  }

  /** The buckets outside of these hold nothing; where all do, the first lies behind the last. */
  get #first(): number {
    return this.#count === 0 ? 1 : bucketOf(this.#min)
  }

  get #last(): number {
    return bucketOf(this.#max)
  }

  get count(): number {
    return this.#count
  }

  get min(): number {
    return this.#count === 0 ? 0 : this.#min
  }

  get max(): number {
    return this.#max
  }

  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count
  }

  /** Standard deviation of the whole population. */
  get stdev(): number {
    if (this.#count === 0) return 0
    return Math.sqrt(Math.max(0, this.#sumOfSquares / this.#count - this.mean ** 2))
  }

  /** The smallest latency that `percent` (0 to 100) of all do not exceed; 0 if nothing was counted. */
  percentile(percent: number): number {
    const rank = Math.max(1, Math.ceil((percent / 100) * this.#count))
    let seen = 0
    for (let bucket = this.#first; bucket <= this.#last; bucket++) {
      seen += this.#counts[bucket]!
      if (seen >= rank) return Math.min(highestOf(bucket), this.#max)
    }
    return this.#max
  }

  /** Share (0 to 1) of the latencies within `deviations` standard deviations of the mean, as wrk's `+/- Stdev` column has it. */
  shareWithin(deviations: number): number {
    if (this.#count === 0) return 0
    const from = this.mean - deviations * this.stdev
    const to = this.mean + deviations * this.stdev
    let inside = 0
    for (let bucket = this.#first; bucket <= this.#last; bucket++) {
      const value = Math.min(highestOf(bucket), this.#max)
      if (value >= from && value <= to) inside += this.#counts[bucket]!
    }
    return inside / this.#count
  }

  /** The plain form, for another thread or a file: buckets that hold something, and the exact sums. */
  toJSON(): HistogramData {
    const buckets: [number, number][] = []
    for (let bucket = this.#first; bucket <= this.#last; bucket++) {
      const count = this.#counts[bucket]!
      if (count > 0) buckets.push([bucket, count])
    }
    return { buckets, sum: this.#sum, sumOfSquares: this.#sumOfSquares, min: this.min, max: this.#max }
  }

  static from(data: HistogramData): Histogram {
    const histogram = new Histogram()
    for (const [bucket, count] of data.buckets) {
      histogram.#counts[bucket] = count
      histogram.#count += count
    }
    histogram.#sum = data.sum
    histogram.#sumOfSquares = data.sumOfSquares
    if (histogram.#count > 0) histogram.#min = data.min
    histogram.#max = data.max
    return histogram
  }
}

/** A Histogram as plain JSON. */
export interface HistogramData {
  readonly buckets: readonly (readonly [bucket: number, count: number])[]
  readonly sum: number
  readonly sumOfSquares: number
  readonly min: number
  readonly max: number
}

const EXACT_BITS = 11
const HALF = 1 << (EXACT_BITS - 1)
const HIGHEST = 2 ** 31 - 1
const BUCKETS = (31 - EXACT_BITS) * HALF + 2 * HALF

function bucketOf(us: number): number {
  const shift = Math.max(0, 32 - EXACT_BITS - Math.clz32(us))
  return shift * HALF + (us >>> shift)
}

/** The highest value that falls into a bucket: what a percentile reports, so that it never flatters. */
function highestOf(bucket: number): number {
  if (bucket < 2 * HALF) return bucket
  const shift = Math.floor(bucket / HALF) - 1
  return (bucket - shift * HALF + 1) * 2 ** shift - 1
}
