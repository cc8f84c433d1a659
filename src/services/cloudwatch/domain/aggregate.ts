/** Sample statistics of a metric over some time: what CloudWatch keeps of the values that it gets. */
export interface Aggregate {
  count: number
  sum: number
  min: number
  max: number
  /** How often each value came; absent where statistic sets came, which do not say. */
  values?: ReadonlyMap<number, number>
}

/** As many different values are kept exactly; more are put together with others that are nearly the same. */
const mostExactValues = 256
const mostRoundedValues = 512

/** Neighbouring values differ by this factor once they are put together: each is then right to one percent. */
const finestFactor = 1.02

/** @param counts - how often each value came; default: once. */
export function aggregateOf(values: readonly number[], counts?: readonly number[]): Aggregate {
  const each = new Map<number, number>()
  let count = 0
  let sum = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const [place, value] of values.entries()) {
    const times = counts?.[place] ?? 1
    if (times === 0) continue
    each.set(value, (each.get(value) ?? 0) + times)
    count += times
    sum += value * times
    min = Math.min(min, value)
    max = Math.max(max, value)
  }
  return { count, sum, min, max, values: each }
}

/** The statistics that a caller has reckoned. Where all values must have been the same, they are known. */
export function statisticSet(count: number, sum: number, min: number, max: number): Aggregate {
  const isKnown = min === max && (count === 1 || sum === min * count)
  return { count, sum, min, max, ...(isKnown && { values: new Map([[min, count]]) }) }
}

export function merge(one: Aggregate, other: Aggregate): Aggregate {
  const merged = {
    count: one.count + other.count,
    sum: one.sum + other.sum,
    min: Math.min(one.min, other.min),
    max: Math.max(one.max, other.max),
  }
  if (!one.values || !other.values) return merged
  const values = new Map(one.values)
  for (const [value, times] of other.values) values.set(value, (values.get(value) ?? 0) + times)
  return { ...merged, values }
}

/** Puts values that are nearly the same together, where there are too many to keep each. */
export function bounded(aggregate: Aggregate): Aggregate {
  const { values } = aggregate
  if (!values || values.size <= mostExactValues) return aggregate
  let factor = finestFactor
  let rounded = roundedValues(values, factor)
  while (rounded.size > mostRoundedValues) {
    factor *= factor
    rounded = roundedValues(values, factor)
  }
  return { ...aggregate, values: rounded }
}

function roundedValues(values: ReadonlyMap<number, number>, factor: number): Map<number, number> {
  const rounded = new Map<number, number>()
  const logFactor = Math.log(factor)
  for (const [value, times] of values) {
    const step = Math.round(Math.log(Math.abs(value)) / logFactor)
    const near = value === 0 ? 0 : Math.sign(value) * Math.exp(step * logFactor)
    rounded.set(near, (rounded.get(near) ?? 0) + times)
  }
  return rounded
}

const headBytes = 32

/**
 * Writes an aggregate as bytes: count, sum, minimum and maximum as doubles; then each value with its count, or one byte where
 * the values are not known. Nothing follows where minimum and maximum say what the values are.
 */
export function encodeAggregate(aggregate: Aggregate): Uint8Array {
  const { count, sum, min, max, values } = bounded(aggregate)
  const tail = !values ? 1 : values.size === 1 && min === max ? 0 : values.size * 16
  const bytes = Buffer.alloc(headBytes + tail)
  let at = 0
  for (const number of [count, sum, min, max]) at = bytes.writeDoubleLE(number, at)
  if (tail > 1) for (const pair of values ?? []) for (const number of pair) at = bytes.writeDoubleLE(number, at)
  return bytes
}

export function decodeAggregate(encoded: Uint8Array): Aggregate {
  const bytes = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength)
  const [count, sum, min, max] = [0, 8, 16, 24].map((at) => bytes.readDoubleLE(at)) as [number, number, number, number]
  const head = { count, sum, min, max }
  if (bytes.length === headBytes + 1) return head
  if (bytes.length === headBytes) return { ...head, values: new Map([[min, count]]) }
  const values = new Map<number, number>()
  for (let at = headBytes; at < bytes.length; at += 16) values.set(bytes.readDoubleLE(at), bytes.readDoubleLE(at + 8))
  return { ...head, values }
}
