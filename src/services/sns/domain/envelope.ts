import { isBinary, type StoredAttribute } from '../../../kit/message-attributes.ts'

/** What a message says of itself, to every subscriber alike. */
export interface MessageFacts {
  messageId: string
  topicArn: string
  /** ISO 8601 with milliseconds. */
  timestamp: string
  subject?: string
  attributes: readonly StoredAttribute[]
  /** FIFO topics only. */
  sequenceNumber?: string
}

export interface Signature {
  version: '1' | '2'
  /** Base64. */
  value: string
  certificateUrl: string
}

/** A message as a subscriber without raw delivery gets it. */
export interface Notification extends MessageFacts {
  text: string
  /** Absent in those of FIFO topics, which AWS does not sign. */
  signature?: Signature
  unsubscribeUrl: string
}

/**
 * Returns what is signed of a notification: names and values, a line each, in the order of the names.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html
 */
export const notificationToSign = (message: Pick<Notification, 'text' | keyof MessageFacts>): string =>
  lines({
    Message: message.text,
    MessageId: message.messageId,
    ...(message.subject !== undefined && { Subject: message.subject }),
    Timestamp: message.timestamp,
    TopicArn: message.topicArn,
    Type: 'Notification',
  })

const lines = (members: Record<string, string>): string =>
  Object.entries(members)
    .map(([name, value]) => `${name}\n${value}\n`)
    .join('')

/** The JSON that queues and HTTP endpoints get, in the layout of AWS. */
export const notificationText = (notification: Notification): string => {
  const { signature, attributes } = notification
  return laidOut({
    Type: 'Notification',
    MessageId: notification.messageId,
    SequenceNumber: notification.sequenceNumber,
    TopicArn: notification.topicArn,
    Subject: notification.subject,
    Message: notification.text,
    Timestamp: notification.timestamp,
    ...(signature && signatureMembers(signature)),
    UnsubscribeURL: notification.unsubscribeUrl,
    MessageAttributes: attributes.length === 0 ? undefined : shownInEnvelope(attributes),
  })
}

const signatureMembers = ({ version, value, certificateUrl }: Signature) => ({
  SignatureVersion: version,
  Signature: value,
  SigningCertURL: certificateUrl,
})

/** The event that functions get. */
export const lambdaEvent = (notification: Notification, subscriptionArn: string): string => {
  const { signature, attributes } = notification
  return JSON.stringify({
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: subscriptionArn,
        Sns: {
          Type: 'Notification',
          MessageId: notification.messageId,
          TopicArn: notification.topicArn,
          Subject: notification.subject ?? null,
          Message: notification.text,
          Timestamp: notification.timestamp,
          SignatureVersion: signature?.version,
          Signature: signature?.value,
          SigningCertUrl: signature?.certificateUrl,
          UnsubscribeUrl: notification.unsubscribeUrl,
          MessageAttributes: shownInEnvelope(attributes),
        },
      },
    ],
  })
}

const shownInEnvelope = (attributes: readonly StoredAttribute[]) =>
  Object.fromEntries(
    attributes.map(({ name, dataType, value }) => [
      name,
      { Type: isBinary({ dataType }) ? 'Binary' : dataType, Value: value },
    ]),
  )

/** A message about the subscription itself. */
export interface Confirmation {
  type: 'SubscriptionConfirmation' | 'UnsubscribeConfirmation'
  messageId: string
  token: string
  topicArn: string
  timestamp: string
  subscribeUrl: string
  /** That was ended. */
  subscriptionArn?: string
}

const confirmationMessage = ({ type, topicArn, subscriptionArn }: Confirmation): string =>
  type === 'SubscriptionConfirmation'
    ? `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`
    : `You have chosen to deactivate subscription ${subscriptionArn}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.`

export const confirmationToSign = (confirmation: Confirmation): string =>
  lines({
    Message: confirmationMessage(confirmation),
    MessageId: confirmation.messageId,
    SubscribeURL: confirmation.subscribeUrl,
    Timestamp: confirmation.timestamp,
    Token: confirmation.token,
    TopicArn: confirmation.topicArn,
    Type: confirmation.type,
  })

export const confirmationText = (confirmation: Confirmation, signature: Signature): string =>
  laidOut({
    Type: confirmation.type,
    MessageId: confirmation.messageId,
    Token: confirmation.token,
    TopicArn: confirmation.topicArn,
    Message: confirmationMessage(confirmation),
    SubscribeURL: confirmation.subscribeUrl,
    Timestamp: confirmation.timestamp,
    ...signatureMembers(signature),
  })

/** JSON with a member a line and ` : ` between names and values, as AWS's messages are laid out. Members that are undefined are left out. */
const laidOut = (members: Record<string, unknown>): string => {
  const written = Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `  ${JSON.stringify(name)} : ${JSON.stringify(value)}`)
  return `{\n${written.join(',\n')}\n}`
}
