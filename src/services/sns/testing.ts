import type { CreateTopicResponse, PublishResponse, SubscribeResponse } from '@aws-sdk/client-sns'
import type { Message } from '@aws-sdk/client-sqs'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { type FixtureOptions, serviceFixture } from '../../testing/service-fixture.ts'
import { sns } from './sns.ts'

type CallOptions = Parameters<Awaited<ReturnType<typeof serviceFixture>>['call']>[3]

/** SNS in the real pipeline, with shorter words for what tests do most. */
export async function snsFixture({ modules = [], ...options }: FixtureOptions & { modules?: ServiceModule[] } = {}) {
  const fixture = await serviceFixture([sns, ...modules], options)
  const call = <R>(operation: string, input: object, as?: CallOptions) =>
    fixture.call('sns', operation, input, as) as Promise<R>
  return {
    ...fixture,
    sns: call,
    createTopic: async (Name: string, Attributes: Record<string, string> = {}) => {
      const { TopicArn = '' } = await call<CreateTopicResponse>('CreateTopic', { Name, Attributes })
      return TopicArn
    },
    topicAttributes: async (TopicArn: string) => {
      const { Attributes } = await call<{ Attributes: Record<string, string> }>('GetTopicAttributes', { TopicArn })
      return Attributes
    },
    subscribe: async (
      TopicArn: string,
      Protocol: string,
      Endpoint: string,
      Attributes: Record<string, string> = {},
      as?: CallOptions,
    ) => {
      const input = { TopicArn, Protocol, Endpoint, Attributes, ReturnSubscriptionArn: true }
      const { SubscriptionArn = '' } = await call<SubscribeResponse>('Subscribe', input, as)
      return SubscriptionArn
    },
    publish: (TopicArn: string, Message: string, more: object = {}, as?: CallOptions) =>
      call<PublishResponse>('Publish', { TopicArn, Message, ...more }, as),
    /** Makes a queue that takes the messages of topics. @returns its ARN. */
    createQueue: async (QueueName: string, Attributes: Record<string, string> = {}) => {
      const arn = `arn:aws:sqs:us-east-1:111122223333:${QueueName}`
      const Policy = JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: arn },
        ],
      })
      await fixture.call('sqs', 'CreateQueue', { QueueName, Attributes: { Policy, ...Attributes } })
      return arn
    },
    /** Delivers what waits, and receives from a queue. */
    receive: async (QueueName: string): Promise<Message[]> => {
      await fixture.settle()
      const received = await fixture.call('sqs', 'ReceiveMessage', {
        ...{ QueueUrl: `/111122223333/${QueueName}`, MaxNumberOfMessages: 10 },
        ...{ AttributeNames: ['All'], MessageAttributeNames: ['All'] },
      })
      return (received as { Messages?: Message[] }).Messages ?? []
    },
  }
}
