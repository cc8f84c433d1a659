import { randomInt } from 'node:crypto'

/** Numbers from 0 to 1, without 1, of a generator that a seed determines (mulberry32). */
function numbersOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * Runs a test that draws random numbers. TEST_SEED sets the seed, to draw the same ones again.
 * @throws Error that names the seed, with what the test threw as its cause.
 */
export async function seeded<R>(run: (random: () => number) => Promise<R>): Promise<R> {
  const seed = Number(process.env.TEST_SEED ?? randomInt(2 ** 32))
  try {
    return await run(numbersOf(seed))
  } catch (cause) {
    throw new Error(`the test failed with TEST_SEED=${seed}: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    })
  }
}

/**
 * Tells fast-check how often to run a property: as often as a test says, times TEST_RUNS. `test/random.slow.ts` sets it, so that
 * properties which take long run fewer times in `npm test` than in CI.
 */
export const runs = (numRuns: number) => ({ numRuns: Math.ceil(numRuns * Number(process.env.TEST_RUNS ?? 1)) })
