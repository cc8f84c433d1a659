/** What is nearly always there already, or else the promise of it: to await it all the same costs more than most of what is done with it. */
export type Awaitable<T> = T | Promise<T>

/** Goes on with a value: at once when it is there. What `next` throws may then be thrown, not only be rejected with. */
export function andThen<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** What each of some items gives, once all of it is there: at once when it is. They are begun together. */
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
