import { dayMs, secondMs } from '../core/durations.ts'
import type { ServiceModule } from '../core/services/service-module.ts'
import { deliveriesOf } from '../kit/deliveries/deliveries.ts'
import type { Delivery } from '../kit/deliveries/delivery.ts'
import type { DeliveryEnd, DeliverySource } from '../kit/deliveries/delivery-source.ts'
import { sqs } from '../services/sqs/sqs.ts'
import { sqsFixture } from '../services/sqs/testing.ts'
import { sts } from '../services/sts/sts.ts'
import { accountId, region } from './callers.ts'

export const scope = { accountId, region }
export const sourceArn = `arn:aws:source:${region}:${accountId}:thing`
export const queueArn = (name: string) => `arn:aws:sqs:${region}:${accountId}:${name}`

/** A source of deliveries beside SQS. Deliveries that fail are tried again after 10 seconds, 20, 30 … */
export async function deliveryFixture(options: Partial<DeliverySource> = {}) {
  const ends: DeliveryEnd[] = []
  const deliveries = deliveriesOf({
    name: 'source',
    principal: 'source.amazonaws.com',
    pauseMs: (failures) => failures * 10 * secondMs,
    ended: async (_tx, _delivery, end) => {
      ends.push(end)
    },
    ...options,
  })
  const source: ServiceModule = {
    definition: { ...sqs.definition, name: 'source', principal: 'source.amazonaws.com', bindings: [], operations: {} },
    open: (host) => ({ context: (call) => ({ call }), work: deliveries.work(host) }),
  }
  const fixture = await sqsFixture({ modules: [source, sts] })
  const open = (name: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'source.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: queueArn(name),
          Condition: { ArnEquals: { 'aws:SourceArn': sourceArn }, StringEquals: { 'aws:SourceAccount': accountId } },
        },
      ],
    })
  return {
    ...fixture,
    ends,
    /** A queue that takes what the source sends. */
    createOpen: (name: string, attributes: Record<string, string> = {}) =>
      fixture.create(name, { ...attributes, Policy: open(name) }),
    deliver: (given: Partial<Delivery> & Pick<Delivery, 'target'>) =>
      fixture.store.transaction((tx) =>
        deliveries.enqueue(
          tx,
          { scope, sourceArn, retry: { retries: 3, maxAgeMs: dayMs }, ...given },
          fixture.clock.nowMs(),
        ),
      ),
    bodies: async (url: string) => (await fixture.receive(url, { MaxNumberOfMessages: 10 })).map(({ Body }) => Body),
  }
}
