import type { Evaluate, QueryReader } from './query-reader.ts'
import type { QueryRecord } from './query-record.ts'
import { compareValues, toNumber, toText, type Value } from './values.ts'

/** The state of one aggregate of one group of rows. */
export interface Aggregate {
  add(record: QueryRecord): void
  result(): Value
}

/** A query needs more memory than it may use. */
export class QueryTooLargeError extends Error {
  constructor() {
    super('the query needs too much memory')
  }
}

/** How many values the aggregates of one query keep at most. */
const mostKept = 2_000_000

/** Counts what all aggregates of a query keep. */
export class KeptValues {
  #count = 0

  add(): void {
    if (++this.#count > mostKept) throw new QueryTooLargeError()
  }
}

type Make = (evaluate: Evaluate | undefined, kept: KeptValues, parameter: number) => Aggregate

const numbers =
  (start: number, step: (result: number, value: number) => number): Make =>
  (evaluate) => {
    let result = start
    let any = false
    return {
      add(record) {
        const value = toNumber(evaluate?.(record))
        if (value === undefined) return
        any = true
        result = step(result, value)
      },
      result: () => (any ? result : undefined),
    }
  }

const chosen =
  (isBetter: (candidate: Value, present: Value) => boolean): Make =>
  (evaluate) => {
    let present: Value
    return {
      add(record) {
        const value = evaluate?.(record)
        if (value === undefined || value === null) return
        if (present === undefined || isBetter(value, present)) present = value
      },
      result: () => present,
    }
  }

const byTime =
  (direction: 1 | -1): Make =>
  (evaluate) => {
    let [present, atMs]: [Value, number] = [undefined, 0]
    return {
      add(record) {
        const value = evaluate?.(record)
        const timeMs = toNumber(record.get('@timestamp')) ?? 0
        if (value === undefined || value === null) return
        if (present === undefined || (timeMs - atMs) * direction > 0) [present, atMs] = [value, timeMs]
      },
      result: () => present,
    }
  }

const percentile: Make = (evaluate, kept, parameter) => {
  const values: number[] = []
  return {
    add(record) {
      const value = toNumber(evaluate?.(record))
      if (value === undefined) return
      kept.add()
      values.push(value)
    },
    result() {
      if (values.length === 0) return undefined
      const sorted = Float64Array.from(values).sort()
      return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((parameter / 100) * sorted.length) - 1))]
    },
  }
}

const makers: Readonly<Record<string, Make>> = {
  count: (evaluate) => {
    let count = 0
    return {
      add(record) {
        const value = evaluate?.(record)
        if (!evaluate || (value !== undefined && value !== null)) count++
      },
      result: () => count,
    }
  },
  count_distinct: (evaluate, kept) => {
    const values = new Set<string>()
    return {
      add(record) {
        const value = toText(evaluate?.(record))
        if (value === undefined || values.has(value)) return
        kept.add()
        values.add(value)
      },
      result: () => values.size,
    }
  },
  sum: numbers(0, (sum, value) => sum + value),
  avg: (evaluate) => {
    let [sum, count] = [0, 0]
    return {
      add(record) {
        const value = toNumber(evaluate?.(record))
        if (value === undefined) return
        sum += value
        count++
      },
      result: () => (count === 0 ? undefined : sum / count),
    }
  },
  stddev: (evaluate) => {
    // Welford's method: the sum of squares loses digits.
    let [count, mean, squares] = [0, 0, 0]
    return {
      add(record) {
        const value = toNumber(evaluate?.(record))
        if (value === undefined) return
        count++
        const before = value - mean
        mean += before / count
        squares += before * (value - mean)
      },
      result: () => (count === 0 ? undefined : Math.sqrt(squares / count)),
    }
  },
  min: chosen((value, present) => compareValues(value, present) < 0),
  max: chosen((value, present) => compareValues(value, present) > 0),
  sortsfirst: chosen((value, present) => (toText(value) ?? '') < (toText(present) ?? '')),
  sortslast: chosen((value, present) => (toText(value) ?? '') > (toText(present) ?? '')),
  earliest: byTime(-1),
  latest: byTime(1),
  pct: percentile,
  percentile,
  median: (evaluate, kept) => percentile(evaluate, kept, 50),
}

/** An aggregate of a query: `avg(latency) as mean`. */
export interface AggregateSpec {
  name: string
  make(kept: KeptValues): Aggregate
}

/** Reads `name(expression)` of `stats`. @throws ServiceError MalformedQueryException. */
export function readAggregate(reader: QueryReader, readExpression: () => Evaluate): AggregateSpec {
  reader.skipBlank()
  const begin = reader.at
  const name = reader.name()?.toLowerCase() ?? ''
  const make = Object.hasOwn(makers, name) ? makers[name] : undefined
  if (!make || !reader.take('(')) throw reader.malformed(`unknown aggregate ${name}`, begin)
  const isAll = name === 'count' && (reader.take('*') || reader.text.slice(reader.at).trimStart().startsWith(')'))
  const evaluate = isAll ? undefined : readExpression()
  let parameter = 0
  if (make === percentile) {
    reader.expect(',')
    const given = reader.number()
    if (given === undefined || given < 0 || given > 100) throw reader.unexpected()
    parameter = given
  }
  reader.expect(')')
  const text = reader.text.slice(begin, reader.end)
  return { name: text, make: (kept) => make(evaluate, kept, parameter) }
}
