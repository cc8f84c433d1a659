import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'

const betweenMs = 5

/**
 * Asks again and again until an answer is as it is meant to be.
 * @param holds - by default, whether the answer is truthy.
 * @param withinMs - the deadline. It is only reached by a test that fails.
 * @returns the answer that holds.
 * @throws Error with the last answer when the deadline has passed.
 */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  holds: (answer: T) => boolean = Boolean,
  withinMs = 10_000,
): Promise<T> {
  const deadlineMs = performance.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (holds(answer)) return answer
    if (performance.now() > deadlineMs) {
      throw new Error(`it did not come about within ${withinMs / 1000} s; the last answer: ${inspect(answer)}`)
    }
    await pause(betweenMs)
  }
}
