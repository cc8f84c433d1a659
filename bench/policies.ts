// What one evaluation of policies takes at worst, and how long it holds the thread: policies as large as AWS takes them, made so
// that no comparison ends early, against the longest values that a request can have. Usage: node bench/policies.ts [rounds]
import { runInTurns } from '../src/core/turns.ts'
import type { AuthorizationRequest } from '../src/policy/decision.ts'
import { evaluate, evaluation } from '../src/policy/evaluate.ts'
import { explainDecision, explanationOf } from '../src/policy/explain.ts'
import { policyOf, requestOf, root } from '../src/policy/testing.ts'
import { undisturbedHoldMs } from '../test/policy/longest-hold.ts'
import { requestWithPolicies, sizes, worstCase, worstCases } from '../test/policy/worst-cases.ts'

const rounds = Number(process.argv[2] ?? 20)

/** Processor time of this thread, which the system counts in steps of some milliseconds: of many rounds together. */
function processorMs(work: () => unknown, times: number): number {
  const before = process.threadCpuUsage()
  for (let round = 0; round < times; round++) work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000 / times
}

/** The longest hold of the thread by a decision or its explanation, when they are made in turns. */
function holdMs(request: AuthorizationRequest): number {
  const decision = evaluate(request)
  return Math.max(
    undisturbedHoldMs(() => evaluation(request), rounds),
    undisturbedHoldMs(() => explanationOf(request, decision), rounds),
  )
}

/** The same, for policies that were never read before. @param requests - with different policies. */
function firstHoldMs(requests: readonly AuthorizationRequest[]): number {
  const steps = requests.map(evaluation)
  return undisturbedHoldMs(() => steps.pop() as ReturnType<typeof evaluation>, requests.length)
}

const columns = ['again', 'first', 'explained', 'hold, first', 'hold, again']

function measured(makeRequest: (variant: number) => AuthorizationRequest): string {
  const firstHold = firstHoldMs(Array.from({ length: rounds }, (_, n) => makeRequest(n + 1)))
  const request = makeRequest(0)
  const first = processorMs(() => evaluate(request), 1)
  const again = processorMs(() => evaluate(request), rounds)
  const explained = processorMs(() => explainDecision(request, evaluate(request)), rounds)
  return [again, first, explained, firstHold, holdMs(request)].map((ms) => ms.toFixed(2).padStart(12)).join('')
}

const heading = columns.map((column) => column.padStart(12)).join('')

console.log(
  `One evaluation: ms of processor time again (mean of ${rounds}), first, when the policy is read, and denied with its explanation;
and the longest hold of the thread in ms when it is done in turns: of a first evaluation, and of later ones or an explanation`,
)
for (const [kind, size] of Object.entries(sizes)) {
  console.log(`\n${`${kind} policy of ${size} characters`.padEnd(40)}${heading}`)
  for (const name of worstCases) console.log(name.padEnd(40) + measured((variant) => worstCase(name, size - variant)))
}

console.log(`\n${'Policies of five statements'.padEnd(40)}${heading}`)
for (const count of [20, 820, 10_000]) {
  console.log(String(count).padEnd(40) + measured((variant) => requestWithPolicies(count, `of-${variant}-`)))
}

/** The ordinary case: a key of the account, used by its root. */
const ordinary = requestOf({
  caller: root,
  action: 'kms:Encrypt',
  resource: 'arn:aws:kms:us-east-1:111122223333:key/1234',
  policy: policyOf({ Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'kms:*' }),
  kind: 'key-policy',
})
const many = 200_000
const inTurns = processorMs(() => runInTurns(evaluation(ordinary), { accountId: '' }), many)
console.log(`\nAn ordinary evaluation: ${(inTurns * 1000).toFixed(2)} µs, without a pause`)
