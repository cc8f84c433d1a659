import { unlessRefused } from '../../../core/service-error.ts'
import type {
  OperationQuotas,
  QuotaCharge,
  RequestQuota,
  RequestQuotas,
} from '../../../core/services/request-quotas.ts'
import { rateExceeded } from '../domain/errors.ts'
import { isFifo } from '../domain/queue.ts'
import { readQueueUrl } from '../domain/queue-name.ts'
import type { SqsContext } from '../sqs-context.ts'
import { queueIfAt } from './find-queue.ts'

type OnQueue = { QueueUrl?: string | undefined }

/** By Region: calls of one action a second that a FIFO queue with high throughput takes; elsewhere 2,400. */
const highThroughput: Readonly<Record<string, number>> = {
  ...{ 'us-east-1': 70_000, 'us-west-2': 70_000, 'eu-west-1': 70_000, 'us-east-2': 19_000, 'eu-central-1': 19_000 },
  ...{ 'ap-south-1': 9000, 'ap-southeast-1': 9000, 'ap-southeast-2': 9000, 'ap-northeast-1': 9000 },
  ...{ 'eu-west-2': 4500, 'sa-east-1': 4500 },
}

/** A batch counts as one call, so that batches of ten bring 3,000 messages a second. */
function onFifoQueue(action: string): OperationQuotas<SqsContext, OnQueue> {
  const ordinary: RequestQuota = { name: `${action} of a FIFO queue`, perSecond: 300 }
  const high: RequestQuota = {
    name: `${action} of a FIFO queue with high throughput`,
    perSecond: (region) => highThroughput[region] ?? 2400,
  }
  return {
    quotas: [ordinary, high],
    async charges(context, { QueueUrl }): Promise<QuotaCharge[]> {
      const place = unlessRefused(() => readQueueUrl(QueueUrl, context.call.accountId))
      const queue = place?.name.endsWith('.fifo') ? await queueIfAt(context, place) : undefined
      if (!queue || !isFifo(queue)) return []
      const isHigh = queue.attributes.FifoThroughputLimit === 'perMessageGroupId'
      return [{ quota: isHigh ? high : ordinary, of: queue.id }]
    },
  }
}

const sends = onFifoQueue('SendMessage')
const deletes = onFifoQueue('DeleteMessage')
const changes = onFifoQueue('ChangeMessageVisibility')

/**
 * Request quotas of FIFO queues; standard queues have none.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
export const requestQuotas: RequestQuotas<SqsContext> = {
  exceeded: rateExceeded,
  operations: {
    SendMessage: sends,
    SendMessageBatch: sends,
    ReceiveMessage: onFifoQueue('ReceiveMessage'),
    DeleteMessage: deletes,
    DeleteMessageBatch: deletes,
    ChangeMessageVisibility: changes,
    ChangeMessageVisibilityBatch: changes,
  },
}
