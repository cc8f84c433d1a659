import type {
  CreateQueueResult,
  GetQueueAttributesResult,
  Message,
  ReceiveMessageRequest,
  SendMessageRequest,
  SendMessageResult,
} from '@aws-sdk/client-sqs'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { type FixtureOptions, serviceFixture } from '../../testing/service-fixture.ts'
import { sqs } from './sqs.ts'

type CallOptions = Parameters<Awaited<ReturnType<typeof serviceFixture>>['call']>[3]

/** SQS in the real pipeline, with shorter words for what tests do most. */
export async function sqsFixture({ others = [], ...options }: FixtureOptions & { modules?: ServiceModule[] } = {}) {
  const fixture = await serviceFixture([sqs, ...(options.modules ?? [])], { ...options, others })
  const call = <R>(operation: string, input: object, as?: CallOptions) =>
    fixture.call('sqs', operation, input, as) as Promise<R>
  return {
    ...fixture,
    sqs: call,
    create: async (QueueName: string, Attributes: Record<string, string> = {}, tags?: Record<string, string>) => {
      const { QueueUrl = '' } = await call<CreateQueueResult>('CreateQueue', { QueueName, Attributes, tags })
      return QueueUrl
    },
    send: (QueueUrl: string, MessageBody: string, more: Partial<SendMessageRequest> = {}, as?: CallOptions) =>
      call<SendMessageResult>('SendMessage', { QueueUrl, MessageBody, ...more }, as),
    receive: async (QueueUrl: string, more: Partial<ReceiveMessageRequest> = {}, as?: CallOptions) => {
      const { Messages = [] } = await call<{ Messages?: Message[] }>('ReceiveMessage', { QueueUrl, ...more }, as)
      return Messages
    },
    attributes: async (QueueUrl: string, ...AttributeNames: string[]) => {
      const { Attributes = {} } = await call<GetQueueAttributesResult>('GetQueueAttributes', {
        QueueUrl,
        AttributeNames,
      })
      return Attributes as Record<string, string>
    },
  }
}
