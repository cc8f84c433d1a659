import type { PutEventsRequestEntry, PutEventsResponse, PutRuleResponse, Target } from '@aws-sdk/client-eventbridge'
import type { Message } from '@aws-sdk/client-sqs'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { accountId, region } from '../../testing/callers.ts'
import { type CallOptions, type FixtureOptions, serviceFixture } from '../../testing/service-fixture.ts'
import { sqs } from '../sqs/sqs.ts'
import { sts } from '../sts/sts.ts'
import { eventbridge } from './eventbridge.ts'

export const queueArn = (name: string) => `arn:aws:sqs:${region}:${accountId}:${name}`
const queueUrl = (name: string) => `https://sqs.${region}.amazonaws.com/${accountId}/${name}`

/** EventBridge with queues beside it, and shorter words for what tests do most. */
export async function eventsFixture({ modules = [], ...options }: FixtureOptions & { modules?: ServiceModule[] } = {}) {
  const fixture = await serviceFixture([eventbridge, sqs, sts, ...modules], options)
  const events = <R = unknown>(operation: string, input: object, as?: CallOptions) =>
    fixture.call('events', operation, input, as) as Promise<R>
  const queue = async (name: string, open = true, attributes: Record<string, string> = {}) => {
    const statement = {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: '*',
    }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    const Attributes = { ...attributes, ...(open && { Policy }) }
    await fixture.call('sqs', 'CreateQueue', { QueueName: name, Attributes })
    return queueArn(name)
  }
  return {
    ...fixture,
    events,
    /** Makes a queue, to which EventBridge may send unless it is closed. @returns its ARN. */
    queue,
    /** Makes a rule with targets. @returns its ARN. */
    rule: async (Name: string, pattern: unknown, targets: readonly (string | Target)[], more: object = {}) => {
      const put = { Name, EventPattern: JSON.stringify(pattern), ...more }
      const { RuleArn = '' } = await events<PutRuleResponse>('PutRule', put)
      const { EventBusName } = more as { EventBusName?: string }
      const Targets = targets.map((target, at) => (typeof target === 'string' ? { Id: `t${at}`, Arn: target } : target))
      if (Targets.length > 0) await events('PutTargets', { Rule: Name, EventBusName, Targets })
      return RuleArn
    },
    put: (entries: readonly PutEventsRequestEntry[], as?: CallOptions) =>
      events<PutEventsResponse>('PutEvents', { Entries: entries }, as),
    /** Takes all messages out of a queue. */
    messages: async (name: string): Promise<Message[]> => {
      const taken: Message[] = []
      for (;;) {
        const request = {
          QueueUrl: queueUrl(name),
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ['All'],
          AttributeNames: ['All'],
        }
        const { Messages = [] } = (await fixture.call('sqs', 'ReceiveMessage', request)) as { Messages?: Message[] }
        if (Messages.length === 0) return taken
        taken.push(...Messages)
        for (const { ReceiptHandle } of Messages) {
          await fixture.call('sqs', 'DeleteMessage', { QueueUrl: queueUrl(name), ReceiptHandle })
        }
      }
    },
  }
}

export const order = (Detail: object = {}, more: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  Source: 'shop',
  DetailType: 'Order Placed',
  Detail: JSON.stringify(Detail),
  ...more,
})
