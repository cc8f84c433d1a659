import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runAtOnce, runInTurns, type Steps } from './turns.ts'

/** Steps that each hold the thread for some time, and note each that they begin. */
function* busy(steps: number, stepMs: number, note: (step: number) => void = () => {}): Steps<number> {
  for (let step = 0; step < steps; step++) {
    note(step)
    const endMs = performance.now() + stepMs
    while (performance.now() < endMs);
    yield
  }
  return steps
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

// biome-ignore lint/correctness/useYield: it never pauses.
function* brief(): Steps<string> {
  return 'done'
}

test('steps without a pause give their result at once', () => {
  assert.equal(runInTurns(brief(), { accountId: 'a' }), 'done')
})

test('steps give the same result at once and in turns', async () => {
  assert.equal(runAtOnce(busy(10, 0)), 10)
  assert.equal(await runInTurns(busy(10, 0), { accountId: 'a' }), 10)
})

test('what the steps throw rejects, and other steps go on', async () => {
  function* failing(): Steps<never> {
    yield
    throw new Error('broken')
  }
  const [failed, other] = await Promise.allSettled([
    runInTurns(failing(), { accountId: 'a' }),
    runInTurns(busy(3, 0), { accountId: 'a' }),
  ])
  assert.deepEqual(
    [failed.status === 'rejected' && failed.reason.message, other.status === 'fulfilled' && other.value],
    ['broken', 3],
  )
})

test('the event loop turns while steps run, however many wait', async () => {
  let stepsOfTurn = 0
  let most = 0
  const waiting = Array.from({ length: 20 }, (_, n) =>
    runInTurns(
      busy(5, 1, (step) => {
        // The first step is run by the caller.
        if (step > 0) most = Math.max(most, ++stepsOfTurn)
      }),
      { accountId: `account-${n % 3}` },
    ),
  )
  let ended = false
  const all = Promise.all(waiting).then(() => {
    ended = true
  })
  while (!ended) {
    stepsOfTurn = 0
    await turn()
  }
  await all
  // Two milliseconds a turn, of steps that take one each.
  assert.ok(most <= 4, `${most} steps in one turn`)
})

test('accounts take turns, however much one of them has waiting', async () => {
  const ends: string[] = []
  const run = async (accountId: string, name: string, steps: number) => {
    await runInTurns(busy(steps, 1), { accountId })
    ends.push(name)
  }
  const greedy = Array.from({ length: 10 }, (_, n) => run('a', `a${n}`, 6))
  await Promise.all([...greedy, run('b', 'b0', 6)])
  assert.ok(ends.indexOf('b0') <= 2, ends.join(' '))
})

test('steps end when the signal aborts', async () => {
  const controller = new AbortController()
  let last = 0
  const running = runInTurns(
    busy(1000, 1, (step) => {
      last = step
    }),
    { accountId: 'a', signal: controller.signal },
  )
  await turn()
  controller.abort()
  await assert.rejects(async () => running, { code: 'ServiceUnavailable', status: 503 })
  assert.ok(last < 500, String(last))
})
