import type { Steps } from '../../src/core/turns.ts'

/**
 * Runs work and returns the longest processor time, in milliseconds, that this thread spent before anything else had a turn of
 * the event loop. Time that other programs take does not count. The system counts in steps of four milliseconds.
 */
export async function longestHoldMs(work: () => Promise<unknown>): Promise<number> {
  let longest = 0
  let last = processorMs()
  let running = true
  const note = () => {
    const now = processorMs()
    longest = Math.max(longest, now - last)
    last = now
  }
  const tick = () => {
    note()
    if (running) setImmediate(tick)
  }
  setImmediate(tick)
  try {
    await work()
  } finally {
    running = false
  }
  note()
  return longest
}

function processorMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** As `runInTurns` has it. */
const sliceMs = 2

/**
 * Computes how long steps hold the thread at most when they run in turns. Each step counts with the least time of some runs, so
 * that a busy machine adds little.
 * @param stepsOf - gives the steps of one run. They are the same for all runs but the first, which may have others.
 */
export function undisturbedHoldMs(stepsOf: () => Steps<unknown>, runs: number): number {
  const least: number[] = []
  for (let run = 0; run < runs; run++) {
    const steps = stepsOf()
    for (let step = 0, done = false; !done; step++) {
      const startMs = performance.now()
      done = steps.next().done === true
      least[step] = Math.min(least[step] ?? Number.POSITIVE_INFINITY, performance.now() - startMs)
    }
  }
  let longest = 0
  let slice = 0
  for (const ms of least) {
    slice += ms
    longest = Math.max(longest, slice)
    if (slice >= sliceMs) slice = 0
  }
  return longest
}
