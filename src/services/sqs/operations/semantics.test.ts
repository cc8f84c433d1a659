import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message } from '@aws-sdk/client-sqs'
import fc from 'fast-check'
import { sqsFixture } from '../testing.ts'

// Standard and FIFO queues against a model that keeps messages in a list and looks through all of it.

interface ModelMessage {
  body: string
  group: string
  visibleAtMs: number
  receives: number
  handle?: string
}

type Step =
  | { do: 'send'; group: string; delay: number }
  | { do: 'receive'; most: number; timeout: number }
  | { do: 'delete' | 'show'; which: number }
  | { do: 'wait'; seconds: number }

const groups = fc.constantFrom('a', 'b', 'c')
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('send' as const), group: groups, delay: fc.nat(3) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('receive' as const),
      most: fc.integer({ min: 1, max: 4 }),
      timeout: fc.nat(5),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('delete' as const, 'show' as const), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 4 }) }) },
)

const ofGroup = (messages: readonly ModelMessage[], group: string) => messages.filter((one) => one.group === group)
const isInFlight = ({ receives, visibleAtMs }: ModelMessage, nowMs: number) => receives > 0 && visibleAtMs > nowMs

/** FIFO: the visible messages that stand first in groups that nothing of is in flight. */
const available = (messages: readonly ModelMessage[], fifo: boolean, nowMs: number) =>
  messages.filter((message) => {
    if (message.visibleAtMs > nowMs) return false
    return !fifo || !ofGroup(messages, message.group).some((one) => isInFlight(one, nowMs))
  })

async function follow(fifo: boolean, steps: readonly Step[]): Promise<void> {
  const { create, send, receive, sqs, attributes, clock, faults } = await sqsFixture()
  const queue = await create(fifo ? 'q.fifo' : 'q', fifo ? { FifoQueue: 'true' } : {})
  let messages: ModelMessage[] = []
  let sent = 0
  for (const one of steps) {
    const nowMs = clock.nowMs()
    if (one.do === 'wait') clock.advance(one.seconds)
    else if (one.do === 'send') {
      const body = String(sent++)
      const ids = { MessageGroupId: one.group, MessageDeduplicationId: body }
      await send(queue, body, fifo ? ids : { DelaySeconds: one.delay })
      const visibleAtMs = nowMs + (fifo ? 0 : one.delay * 1000)
      messages.push({ body, group: one.group, visibleAtMs, receives: 0 })
    } else if (one.do === 'receive') {
      const expected = available(messages, fifo, nowMs)
      const got = await receive(queue, {
        MaxNumberOfMessages: one.most,
        VisibilityTimeout: one.timeout,
        AttributeNames: ['All'],
      })
      assert.equal(got.length, Math.min(one.most, expected.length))
      if (fifo) checkOrder(messages, expected, got)
      for (const { Body, ReceiptHandle = '', Attributes } of got) {
        const message = expected.find(({ body }) => body === Body)
        assert.ok(message, `${Body} could not be received`)
        message.receives++
        message.handle = ReceiptHandle
        message.visibleAtMs = nowMs + one.timeout * 1000
        assert.equal(Attributes?.ApproximateReceiveCount, String(message.receives))
      }
    } else {
      const inFlight = messages.filter((message) => isInFlight(message, nowMs))
      const message = inFlight[one.which % Math.max(1, inFlight.length)]
      if (!message) continue
      const handle = { QueueUrl: queue, ReceiptHandle: message.handle }
      if (one.do === 'delete') {
        await sqs('DeleteMessage', handle)
        messages = messages.filter((other) => other !== message)
      } else {
        await sqs('ChangeMessageVisibility', { ...handle, VisibilityTimeout: 0 })
        message.visibleAtMs = nowMs
      }
    }
    const all = await attributes(queue, 'All')
    const now = clock.nowMs()
    const hidden = messages.filter(({ visibleAtMs }) => visibleAtMs > now)
    const inFlight = hidden.filter(({ receives }) => receives > 0).length
    assert.deepEqual(
      ['', 'NotVisible', 'Delayed'].map((kind) => Number(all[`ApproximateNumberOfMessages${kind}`])),
      [messages.length - hidden.length, inFlight, hidden.length - inFlight],
    )
  }
  assert.deepEqual(faults, [])
}

/** What was received of a group is how the group begins. */
function checkOrder(messages: readonly ModelMessage[], expected: readonly ModelMessage[], got: readonly Message[]) {
  for (const group of new Set(expected.map((one) => one.group))) {
    const received = got
      .map(({ Body }) => Body)
      .filter((body) => ofGroup(messages, group).some((one) => one.body === body))
    assert.deepEqual(
      received,
      ofGroup(messages, group)
        .map(({ body }) => body)
        .slice(0, received.length),
    )
  }
}

const runs = { numRuns: 25, endOnFailure: true }

for (const fifo of [false, true]) {
  test(`a ${fifo ? 'FIFO' : 'standard'} queue gives what a model of it gives, and counts as it does`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), (steps) => follow(fifo, steps)),
      runs,
    )
  })
}
