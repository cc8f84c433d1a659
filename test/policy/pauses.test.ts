import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { runInTurns } from '../../src/core/turns.ts'
import type { AuthorizationRequest } from '../../src/policy/decision.ts'
import { evaluate, evaluation } from '../../src/policy/evaluate.ts'
import { explainDecision, explanationOf } from '../../src/policy/explain.ts'
import { accountId, requestOf, type StatementSketch } from '../../src/policy/testing.ts'
import { type Sketch, sketches } from './generators.ts'

const seed = Date.now() % 2 ** 31
// To run the same cases again, put the printed one in.
console.log(`seed ${seed}`)

const asked = ({ ask: [action, [resource]], ...sketch }: Sketch): AuthorizationRequest =>
  requestOf({ ...sketch, action, resource, owner: accountId })

/** Values that no request of the generators meets, under any operator: an evaluation compares them all and must pause. */
const fillers = Array.from({ length: 500 }, (_, n) => `x?${n}*`)
const fillerResources = fillers.map((name) => `arn:aws:sns:::${name}`)

type Block = Record<string, Record<string, readonly string[]>>

/** The statement with values in front of those of its conditions and resources that change nothing. */
function filled(statement: StatementSketch): StatementSketch {
  const { Condition = {}, Resource, NotResource } = statement as Record<string, unknown>
  const conditions = Object.entries(Condition as Block).map(([operator, keys]) => [
    operator,
    operator === 'Null'
      ? keys
      : Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, [...fillers, ...values]])),
  ])
  return {
    ...statement,
    Condition: Object.fromEntries(conditions),
    ...(Resource ? { Resource: [...fillerResources, ...[Resource].flat()] } : {}),
    ...(NotResource ? { NotResource: [...fillerResources, ...[NotResource].flat()] } : {}),
  }
}

const inAll = (sketch: Sketch, change: (statement: StatementSketch) => StatementSketch): Sketch => ({
  ...sketch,
  identity: sketch.identity.map(change),
  boundary: sketch.boundary?.map(change),
  session: sketch.session?.map((list) => list.map(change)),
  serviceControl: sketch.serviceControl?.map((list) => list.map(change)),
  policy: sketch.policy?.map(change),
})

async function decideInTurns(request: AuthorizationRequest, accountId: string) {
  const deciding = runInTurns(evaluation(request), { accountId })
  const decision = await deciding
  const explanation = await runInTurns(explanationOf(request, decision), { accountId })
  return { answer: { decision, explanation }, paused: deciding instanceof Promise }
}

test('a decision and its explanation are the same with pauses, among other evaluations, as without', async () => {
  let paused = 0
  let runs = 0
  await fc.assert(
    fc.asyncProperty(fc.array(sketches, { minLength: 2, maxLength: 4 }), async (several) => {
      const requests = several.map((sketch) => asked(inAll(sketch, filled)))
      const inTurns = await Promise.all(requests.map((request, place) => decideInTurns(request, String(place % 2))))
      for (const [place, request] of requests.entries()) {
        const decision = evaluate(request)
        assert.deepEqual(inTurns[place]?.answer, { decision, explanation: explainDecision(request, decision) })
        runs++
        if (inTurns[place]?.paused) paused++
      }
    }),
    { numRuns: 40, seed },
  )
  assert.ok(paused * 3 > runs, `only ${paused} of ${runs} evaluations paused`)
})

test('values that match nothing change no decision, however many there are', async () => {
  await fc.assert(
    fc.asyncProperty(sketches, async (sketch) => {
      const { matched, ...plain } = evaluate(asked(sketch))
      const { matched: found, ...decision } = await runInTurns(evaluation(asked(inAll(sketch, filled))), {
        accountId: '',
      })
      assert.deepEqual(decision, plain)
      // Where a statement stands in the text is different.
      const placed = (statements: typeof matched) =>
        statements.map(({ policyType, index, effect }) => [policyType, index, effect])
      assert.deepEqual(placed(found), placed(matched))
    }),
    { numRuns: 40, seed },
  )
})

test('an ordinary evaluation never pauses once its policies are compiled', () => {
  fc.assert(
    fc.property(sketches, (sketch) => {
      const decision = evaluate(asked(sketch))
      assert.deepEqual(runInTurns(evaluation(asked(sketch)), { accountId: '' }), decision)
    }),
    { numRuns: 200, seed },
  )
})
