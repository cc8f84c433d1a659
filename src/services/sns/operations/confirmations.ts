import { randomUUID } from 'node:crypto'
import { dayMs } from '../../../core/durations.ts'
import type { Sealer } from '../../../core/sealer.ts'
import { type Confirmation, confirmationText, confirmationToSign } from '../domain/envelope.ts'
import { invalidToken } from '../domain/errors.ts'
import type { Subscription } from '../domain/subscription.ts'
import type { Topic } from '../domain/topic.ts'
import { signatureVersionOf } from '../domain/topic-attributes.ts'
import type { SnsContext } from '../sns-context.ts'

/** How long a subscription can be confirmed; one that was not is then dropped. */
export const confirmableMs = 3 * dayMs

/** What a token stands for. */
export interface ConfirmationToken {
  topicId: string
  subscriptionId: string
  expiresAtMs: number
}

const sealContext = 'sns-confirmation-token'

const sealToken = (sealer: Sealer, token: ConfirmationToken): string =>
  sealer.seal(Buffer.from(JSON.stringify(token)), sealContext).toString('hex')

/** @throws ServiceError InvalidParameter - it is not a token of this server, or its time is over. */
export function openToken(sealer: Sealer, text: string, nowMs: number): ConfirmationToken {
  const token = opened(sealer, text)
  if (!token || nowMs >= token.expiresAtMs) throw invalidToken()
  return token
}

function opened(sealer: Sealer, text: string): ConfirmationToken | undefined {
  if (!/^([0-9a-f]{2}){1,1000}$/.test(text)) return undefined
  try {
    return JSON.parse(sealer.open(Buffer.from(text, 'hex'), sealContext).toString())
  } catch {
    // The sealer says no more than that it did not seal this for that.
    return undefined
  }
}

/** A message about a subscription, as it is sent. */
export interface SignedConfirmation {
  type: Confirmation['type']
  messageId: string
  text: string
}

/** The message that asks an endpoint to confirm a subscription, or tells it that the subscription has ended. */
export async function signedConfirmation(
  context: SnsContext,
  topic: Topic,
  subscription: Pick<Subscription, 'id' | 'arn'>,
  type: Confirmation['type'],
): Promise<SignedConfirmation> {
  const { sealer, signingKeys, endpoint, call } = context
  const nowMs = call.clock.nowMs()
  const token = sealToken(sealer, {
    ...{ topicId: topic.id, subscriptionId: subscription.id, expiresAtMs: nowMs + confirmableMs },
  })
  const confirmation: Confirmation = {
    ...{ type, messageId: randomUUID(), token, topicArn: topic.arn, timestamp: new Date(nowMs).toISOString() },
    subscribeUrl: requestUrl(endpoint(), { Action: 'ConfirmSubscription', TopicArn: topic.arn, Token: token }),
    subscriptionArn: subscription.arn,
  }
  const signature = await signingKeys.sign(confirmationToSign(confirmation), signatureVersionOf(topic.attributes))
  return { type, messageId: confirmation.messageId, text: confirmationText(confirmation, signature) }
}

/** The URL of a request that needs no signature. The version says which service is meant. */
export const requestUrl = (endpoint: string, parameters: Readonly<Record<string, string>>): string =>
  `${endpoint}/?${Object.entries({ ...parameters, Version: '2010-03-31' })
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll('%3A', ':')}`)
    .join('&')}`

export const unsubscribeUrl = (endpoint: string, subscriptionArn: string): string =>
  requestUrl(endpoint, { Action: 'Unsubscribe', SubscriptionArn: subscriptionArn })
