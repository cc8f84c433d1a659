import type { SendMessageRequest } from '@aws-sdk/client-sqs'
import { parseArn } from '../../core/arn.ts'
import { type CallTarget, callTarget } from './delivery.ts'

/**
 * The message for a queue.
 * @param arn - `arn:aws:sqs:us-east-1:111122223333:orders`, checked.
 */
export function toQueue(arn: string, message: Omit<SendMessageRequest, 'QueueUrl'>): CallTarget {
  const { region, accountId, resource } = partsOf(arn)
  // Only account and name of a queue URL are read.
  const QueueUrl = `https://sqs.${region}.amazonaws.com/${accountId}/${resource}`
  return callTarget({ arn, region, service: 'sqs', operation: 'SendMessage', input: { QueueUrl, ...message } })
}

/** The event for a function, which takes it up later: `arn:aws:lambda:…:function:name`, with or without a qualifier. */
export function toFunction(arn: string, payload: string): CallTarget {
  const { region } = partsOf(arn)
  const input = { FunctionName: arn, InvocationType: 'Event', Payload: new TextEncoder().encode(payload) } as const
  return callTarget({ arn, region, service: 'lambda', operation: 'Invoke', input })
}

/** @throws Error for what is not an ARN: sources check what users give them. */
function partsOf(arn: string) {
  const parts = parseArn(arn)
  if (!parts) throw new Error(`not an ARN: ${arn}`)
  return parts
}
