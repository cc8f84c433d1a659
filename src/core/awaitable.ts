/** A value that is nearly always there already, or else its promise. An `await` costs more than most uses of the value. */
export type Awaitable<T> = T | Promise<T>

/** Calls `next` with a value: at once when it is there. An error of `next` is then thrown, not rejected with. */
export function andThen<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** Maps items to values, all begun together. Returns the values at once when all are there, else their promise. */
export function mapAll<T, R>(items: readonly T[], each: (item: T) => Awaitable<R>): Awaitable<R[]> {
  let waits = false
  const begun = items.map((item) => {
    try {
      const result = each(item)
      waits ||= result instanceof Promise
      return result
    } catch (error) {
      // Rejected through the promise of all: what was begun before must not fail as an unhandled rejection.
      waits = true
      return Promise.reject<R>(error)
    }
  })
  return waits ? Promise.all(begun) : (begun as R[])
}
