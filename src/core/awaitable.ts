/** What is nearly always there already, or else the promise of it: to await it all the same costs more than most of what is done with it. */
export type Awaitable<T> = T | Promise<T>

/** Goes on with a value: at once when it is there. What `next` throws may then be thrown, not only be rejected with. */
export function andThen<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}
