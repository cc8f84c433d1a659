import { formatArn, parseArn } from '../../../core/arn.ts'
import { invalidAddress, invalidFifoName, invalidQueueName, missingParameter } from './errors.ts'

/** Which queue a request means, in its Region. */
export interface QueuePlace {
  accountId: string
  name: string
}

/** @throws ServiceError InvalidParameterValue. */
export function checkQueueName(name: string, isFifo: boolean): void {
  if (isFifo && !/^[\w-]{1,75}\.fifo$/.test(name)) throw invalidFifoName()
  if (!isFifo && !/^[\w-]{1,80}$/.test(name)) throw invalidQueueName()
}

/**
 * Reads a queue's URL. Account and name alone count: clients reach one server under many hosts. A name alone is a queue of the
 * caller's.
 * @throws ServiceError MissingParameter, InvalidAddress.
 */
export function readQueueUrl(url: string | undefined, callerAccountId: string): QueuePlace {
  if (!url) throw missingParameter('QueueUrl')
  const [, accountId, name] = /^(?:https?:\/\/[^/]+)?\/(\d{12})\/([\w.-]{1,80})\/?$/i.exec(url) ?? []
  if (accountId !== undefined && name !== undefined) return { accountId, name }
  if (/^[\w.-]{1,80}$/.test(url)) return { accountId: callerAccountId, name: url }
  throw invalidAddress(url)
}

export const queueArn = (region: string, { accountId, name }: QueuePlace): string =>
  formatArn({ partition: 'aws', service: 'sqs', region, accountId, resource: name })

/** The queue of an ARN; undefined where it is not a queue's. */
export function placeOfArn(arn: string): (QueuePlace & { region: string }) | undefined {
  const parts = parseArn(arn)
  if (parts?.service !== 'sqs') return undefined
  return { accountId: parts.accountId, name: parts.resource, region: parts.region }
}
