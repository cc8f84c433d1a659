import { parseArn } from '../../../core/arn.ts'
import { daySeconds, hourSeconds, minuteSeconds } from '../../../core/durations.ts'
import { invalidAttribute, twoKindsOfEncryption, unknownAttribute } from './errors.ts'

/**
 * The attributes of queues that can be set, and what they can be.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
 */
export type AttributeName =
  | 'VisibilityTimeout'
  | 'DelaySeconds'
  | 'MaximumMessageSize'
  | 'MessageRetentionPeriod'
  | 'ReceiveMessageWaitTimeSeconds'
  | 'KmsDataKeyReusePeriodSeconds'
  | 'KmsMasterKeyId'
  | 'SqsManagedSseEnabled'
  | 'RedrivePolicy'
  | 'RedriveAllowPolicy'
  | 'FifoQueue'
  | 'ContentBasedDeduplication'
  | 'DeduplicationScope'
  | 'FifoThroughputLimit'

export type Attributes = Readonly<Partial<Record<AttributeName, string>>>

const ranges = {
  VisibilityTimeout: [0, 12 * hourSeconds],
  DelaySeconds: [0, 15 * minuteSeconds],
  MaximumMessageSize: [1024, 1_048_576],
  MessageRetentionPeriod: [minuteSeconds, 14 * daySeconds],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  KmsDataKeyReusePeriodSeconds: [minuteSeconds, daySeconds],
} as const

/** Of the attributes that are numbers. */
export const attributeDefaults = {
  VisibilityTimeout: 30,
  DelaySeconds: 0,
  MaximumMessageSize: 1_048_576,
  MessageRetentionPeriod: 4 * daySeconds,
  ReceiveMessageWaitTimeSeconds: 0,
  KmsDataKeyReusePeriodSeconds: 5 * minuteSeconds,
} as const

const fifoDefaults = {
  FifoQueue: 'true',
  ContentBasedDeduplication: 'false',
  DeduplicationScope: 'queue',
  FifoThroughputLimit: 'perQueue',
} as const

/** Returns what a queue has of the attributes that can be set, defaults included, in the order of AWS's answers. */
export function effectiveAttributes(attributes: Attributes, isFifo: boolean): Record<string, string> {
  const { KmsMasterKeyId, KmsDataKeyReusePeriodSeconds: _, ...rest } = attributes
  const numbers = Object.entries(attributeDefaults)
    .filter(([name]) => name !== 'KmsDataKeyReusePeriodSeconds' || KmsMasterKeyId)
    .map(([name, value]) => [name, attributes[name as AttributeName] ?? String(value)])
  return {
    ...(isFifo && fifoDefaults),
    SqsManagedSseEnabled: String(KmsMasterKeyId === undefined),
    ...rest,
    ...Object.fromEntries(numbers),
    ...(KmsMasterKeyId !== undefined && { KmsMasterKeyId }),
  }
}

/**
 * Applies the attributes of a request to those of a queue. An empty RedrivePolicy, RedriveAllowPolicy or KmsMasterKeyId removes it.
 * @param isNew - FifoQueue is given only then.
 * @throws ServiceError InvalidAttributeName, InvalidAttributeValue.
 */
export function changedAttributes(
  present: Attributes,
  given: Readonly<Record<string, string>>,
  { isFifo, isNew }: { isFifo: boolean; isNew: boolean },
): Attributes {
  const changed: Partial<Record<AttributeName, string>> = { ...present }
  for (const [name, value] of Object.entries(given)) {
    if (!isAttribute(name, isFifo) || (name === 'FifoQueue' && !isNew)) throw unknownAttribute(name)
    if (value === '' && removable.has(name)) delete changed[name]
    else changed[name] = checkedValue(name, value ?? '')
  }
  if (given.KmsMasterKeyId) {
    if (given.SqsManagedSseEnabled === 'true') throw twoKindsOfEncryption()
    delete changed.SqsManagedSseEnabled
  } else if (given.SqsManagedSseEnabled === 'true') delete changed.KmsMasterKeyId
  if (changed.FifoThroughputLimit === 'perMessageGroupId' && changed.DeduplicationScope !== 'messageGroup') {
    throw invalidAttribute(
      'FifoThroughputLimit',
      'The FifoThroughputLimit attribute perMessageGroupId needs DeduplicationScope messageGroup.',
    )
  }
  return changed
}

const removable: ReadonlySet<AttributeName> = new Set(['RedrivePolicy', 'RedriveAllowPolicy', 'KmsMasterKeyId'])

function isAttribute(name: string, isFifo: boolean): name is AttributeName {
  return Object.hasOwn(values, name) || (isFifo && Object.hasOwn(fifoValues, name))
}

function checkedValue(name: AttributeName, value: string): string {
  const check = values[name] ?? fifoValues[name]
  const checked = check?.(value)
  if (checked === undefined) throw invalidAttribute(name)
  return checked
}

/** @returns the value as it is kept; undefined where it is not valid. */
type Check = (value: string) => string | undefined

const oneOf =
  (...allowed: readonly string[]): Check =>
  (value) =>
    allowed.includes(value) ? value : undefined

const boolean: Check = (value) => oneOf('true', 'false')(value.toLowerCase())

const number =
  ([min, max]: readonly [number, number]): Check =>
  (value) =>
    /^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max ? String(Number(value)) : undefined

const values: Partial<Record<AttributeName, Check>> = {
  ...Object.fromEntries(Object.entries(ranges).map(([name, range]) => [name, number(range)])),
  KmsMasterKeyId: (value) => (/^[\w:/-]{1,2048}$/.test(value) ? value : undefined),
  SqsManagedSseEnabled: boolean,
  RedrivePolicy: redrivePolicy,
  RedriveAllowPolicy: redriveAllowPolicy,
}

const fifoValues: Partial<Record<AttributeName, Check>> = {
  FifoQueue: oneOf('true'),
  ContentBasedDeduplication: boolean,
  DeduplicationScope: oneOf('queue', 'messageGroup'),
  FifoThroughputLimit: oneOf('perQueue', 'perMessageGroupId'),
}

const isQueueArn = (text: unknown): text is string => typeof text === 'string' && parseArn(text)?.service === 'sqs'

function redrivePolicy(value: string): string | undefined {
  const policy = jsonObject(value)
  if (!policy) throw invalidAttribute('RedrivePolicy', 'Redrive policy is not a valid JSON map.')
  const { deadLetterTargetArn, maxReceiveCount, ...unknown } = policy
  if (deadLetterTargetArn === undefined) {
    throw invalidAttribute('RedrivePolicy', 'Redrive policy does not contain mandatory attribute: deadLetterTargetArn.')
  }
  if (maxReceiveCount === undefined) {
    throw invalidAttribute('RedrivePolicy', 'Redrive policy does not contain mandatory attribute: maxReceiveCount.')
  }
  if (Object.keys(unknown).length > 0 || !isQueueArn(deadLetterTargetArn)) return undefined
  const count = Number(maxReceiveCount)
  if (!/^\d+$/.test(String(maxReceiveCount)) || count < 1 || count > 1000) {
    throw invalidAttribute('RedrivePolicy', 'Invalid value for maxReceiveCount. It must be between 1 and 1000.')
  }
  return JSON.stringify({ deadLetterTargetArn, maxReceiveCount: count })
}

function redriveAllowPolicy(value: string): string | undefined {
  const policy = jsonObject(value)
  if (!policy) return undefined
  const { redrivePermission, sourceQueueArns, ...unknown } = policy
  if (Object.keys(unknown).length > 0) return undefined
  if (redrivePermission === 'byQueue') {
    const isList = Array.isArray(sourceQueueArns) && sourceQueueArns.length >= 1 && sourceQueueArns.length <= 10
    return isList && sourceQueueArns.every(isQueueArn) ? JSON.stringify(policy) : undefined
  }
  if (redrivePermission !== 'allowAll' && redrivePermission !== 'denyAll') return undefined
  return sourceQueueArns === undefined ? JSON.stringify(policy) : undefined
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
