import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InvocationRequest } from '@aws-sdk/client-lambda'
import { dayMs } from '../../../core/durations.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { ServedService } from '../../../core/services/service-module.ts'
import { accountId, region } from '../../../testing/callers.ts'
import { seeded } from '../../../testing/random.ts'
import { lambda } from '../../lambda/lambda.ts'
import { eventsFixture, order } from '../testing.ts'

const functionArn = `arn:aws:lambda:${region}:${accountId}:function:f`

/** Functions that take each event, unless `refuse` throws. */
function functions(take: (event: { detail: { n: number } }) => void): ServedService {
  const handle = async (_context: unknown, { Payload = new Uint8Array() }: InvocationRequest) => {
    take(JSON.parse(Buffer.from(Payload).toString()))
    return { StatusCode: 202 }
  }
  const Invoke = { handle, permissions: 'none', readOnly: false, category: 'Data' } as const
  return {
    definition: { ...lambda.definition, operations: { Invoke } },
    instance: { context: (call) => ({ call }) },
  }
}

test('of deliveries that fail now and then, each arrives or is in the dead-letter queue', async () => {
  await seeded(async (random) => {
    const arrived = new Set<number>()
    let failures = 0
    const target = functions(({ detail: { n } }) => {
      if (random() < 0.02) {
        failures++
        // One of three failures is final.
        if (random() < 1 / 3) throw new ServiceError('ResourceNotFoundException', 404, 'Function not found')
        throw new ServiceError('ServiceException', 500, 'try again')
      }
      arrived.add(n)
    })
    const { queue, rule, put, settle, advance, messages, faults } = await eventsFixture({ others: [target] })
    const dead = await queue('dead')
    await rule('r', { source: ['shop'] }, [
      { Id: 'f', Arn: functionArn, DeadLetterConfig: { Arn: dead }, RetryPolicy: { MaximumRetryAttempts: 2 } },
    ])
    const events = 1000
    for (let n = 0; n < events; n += 10) await put(Array.from({ length: 10 }, (_, at) => order({ n: n + at })))
    await settle()
    await advance(dayMs / 24)
    const letters = (await messages('dead')).map(({ Body = '' }) => JSON.parse(Body).detail.n as number)
    assert.ok(failures > 0 && letters.length > 0, `${failures} failures, ${letters.length} dead letters`)
    assert.equal(new Set([...arrived, ...letters]).size, events)
    assert.deepEqual(faults, [])
  })
})

test('a delivery is tried for as long as its target says, with longer and longer pauses', async () => {
  const times: number[] = []
  const target = functions(() => {
    times.push(clock.nowMs())
    throw new ServiceError('TooManyRequestsException', 429, 'Rate exceeded')
  })
  const { queue, rule, put, settle, advance, messages, clock } = await eventsFixture({ others: [target] })
  const dead = await queue('dead')
  await rule('r', { source: ['shop'] }, [
    { Id: 'f', Arn: functionArn, DeadLetterConfig: { Arn: dead }, RetryPolicy: { MaximumEventAgeInSeconds: 60 } },
  ])
  await put([order()])
  await settle()
  await advance(dayMs)
  const start = times[0] ?? 0
  assert.deepEqual(
    times.map((time) => (time - start) / 1000),
    [0, 1, 3, 7, 15, 31],
  )
  const [letter] = await messages('dead')
  assert.equal(letter?.MessageAttributes?.ERROR_CODE?.StringValue, 'THROTTLING')
  assert.equal(letter?.MessageAttributes?.EXHAUSTED_RETRY_CONDITION?.StringValue, 'MaximumEventAgeInSeconds')
})
