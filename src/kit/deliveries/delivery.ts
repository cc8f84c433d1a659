import type { InputOf, OperationName, ServiceName } from '../../core/services/service-operations.ts'
import type { Scope } from '../../core/store.ts'

/** Something that one service hands to another, or to a program outside, as it waits in the source's outbox. */
export interface Delivery {
  /** The account and Region of the source. */
  scope: Scope
  /** The resource that it is sent for: `aws:SourceArn`, and with the scope `aws:SourceAccount`. */
  sourceArn: string
  target: DeliveryTarget
  /** The role as whose session it is sent. Absent: as the source's service principal itself. */
  roleArn?: string
  retry: RetryLimits
  /** Where it goes when it is given up. Absent: nowhere. */
  deadLetter?: DeadLetter
  /** It is made no earlier than then. Absent: at once. */
  notBeforeMs?: number
  /** Deliveries of one order are made one after another, in the order in which they came. */
  order?: string
  /** JSON of the source's own, which its hooks get back. */
  about?: unknown
}

/** Where a delivery goes: an operation of another service, or what a sender of the source's own reaches. */
export type DeliveryTarget = CallTarget | OwnTarget

export interface CallTarget {
  /** Of the resource that receives it. */
  arn: string
  /** Of the resource that receives it. */
  region: string
  service: ServiceName
  operation: string
  /** The operation's input: JSON values and bytes. */
  input: object
}

export interface OwnTarget {
  /** Of the resource or URL that receives it. */
  arn: string
  /** Names one of the source's `senders`. */
  sender: string
  /** What the sender gets: JSON values and bytes. */
  input: object
}

export interface RetryLimits {
  /** How often it is tried after the first time, at most. */
  retries: number
  /** How long it is tried, from when it was accepted. */
  maxAgeMs: number
}

export interface DeadLetter {
  queueArn: string
  /** The body of the dead-letter message. Absent: what the target would have got. */
  body?: string
  /** Message attributes, all strings. */
  attributes?: Readonly<Record<string, string>>
  /** Of a FIFO queue. */
  groupId?: string
  deduplicationId?: string
}

/** A call of one operation, checked against its types. */
export const callTarget = <S extends ServiceName, O extends OperationName<S>>(target: {
  arn: string
  region: string
  service: S
  operation: O
  input: InputOf<S, O>
}): CallTarget => target

/** Returns what a target would have got, as text: the default body of a dead letter. */
export function bodyOf({ target }: Pick<Delivery, 'target'>): string {
  const { MessageBody, Payload, Message } = target.input as Record<string, unknown>
  if (typeof MessageBody === 'string') return MessageBody
  if (typeof Message === 'string') return Message
  if (Payload instanceof Uint8Array) return Buffer.from(Payload).toString('utf8')
  return JSON.stringify(target.input)
}

export const isCall = (target: Delivery['target']): target is CallTarget => 'service' in target
