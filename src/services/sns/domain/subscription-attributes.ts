import { parseArn } from '../../../core/arn.ts'
import { checkSubscriptionDeliveryPolicy } from './delivery-policy.ts'
import { invalidParameter } from './errors.ts'
import { problemOfFilterPolicy } from './filter-policy.ts'
import { jsonObject } from './json.ts'
import {
  isHttp,
  type Subscription,
  type SubscriptionAttributeName,
  type SubscriptionAttributes,
} from './subscription.ts'

const names: ReadonlySet<string> = new Set<SubscriptionAttributeName>([
  ...(['RawMessageDelivery', 'FilterPolicy', 'FilterPolicyScope', 'RedrivePolicy', 'DeliveryPolicy'] as const),
])

/** (U) What is for protocols, or for archives, that are not built. */
const notBuilt: ReadonlySet<string> = new Set(['SubscriptionRoleArn', 'ReplayPolicy'])

/**
 * Applies attributes to those of a subscription.
 * @param isNew - of a subscription that is to be: its attributes come together.
 * @throws ServiceError InvalidParameter.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html
 */
export function changedSubscriptionAttributes(
  subscription: Pick<Subscription, 'attributes' | 'protocol' | 'topicArn'>,
  given: Readonly<Record<string, string>>,
  isNew: boolean,
): SubscriptionAttributes {
  const changed: Partial<Record<SubscriptionAttributeName, string>> = { ...subscription.attributes }
  for (const [name, value] of Object.entries(given)) {
    if (notBuilt.has(name)) throw invalidParameter(name, 'Strongroom does not have this yet.')
    if (!isAttribute(name)) throw isNew ? unknownAttribute(name) : invalidParameter('AttributeName')
    if (value === '') delete changed[name]
    else changed[name] = checks[name](value, subscription)
  }
  // An empty filter policy is none; the scope decides how one is read.
  if (changed.FilterPolicy !== undefined) {
    const policy = jsonObject(changed.FilterPolicy)
    if (policy && Object.keys(policy).length === 0) delete changed.FilterPolicy
    else checkFilterPolicy(changed.FilterPolicy, changed, isNew)
  }
  return changed
}

const unknownAttribute = (name: string) => invalidParameter('Attributes', `Unknown attribute: ${name.slice(0, 200)}`)

function checkFilterPolicy(policy: string, attributes: SubscriptionAttributes, isNew: boolean): void {
  const problem = problemOfFilterPolicy(policy, filterScopeOf(attributes))
  if (problem === undefined) return
  throw isNew
    ? invalidParameter('Attributes', `FilterPolicy: ${problem}`)
    : invalidParameter(`FilterPolicy: ${problem}`)
}

const isAttribute = (name: string): name is SubscriptionAttributeName => names.has(name)

export const filterScopeOf = ({ FilterPolicyScope }: SubscriptionAttributes): 'MessageAttributes' | 'MessageBody' =>
  FilterPolicyScope === 'MessageBody' ? 'MessageBody' : 'MessageAttributes'

type Check = (value: string, subscription: Pick<Subscription, 'protocol' | 'topicArn'>) => string

const checks: Readonly<Record<SubscriptionAttributeName, Check>> = {
  RawMessageDelivery(value, { protocol }) {
    const raw = value.toLowerCase()
    if (raw !== 'true' && raw !== 'false') {
      throw invalidParameter(
        'Attributes',
        `RawMessageDelivery: Invalid value [${value.slice(0, 200)}]. Must be true or false.`,
      )
    }
    if (raw === 'true' && protocol !== 'sqs' && !isHttp({ protocol })) {
      throw invalidParameter(
        'Attributes',
        `RawMessageDelivery: Delivery protocol [${protocol}] does not support raw message delivery.`,
      )
    }
    return raw
  },
  FilterPolicyScope(value) {
    if (value === 'MessageAttributes' || value === 'MessageBody') return value
    throw invalidParameter(
      'Attributes',
      `FilterPolicyScope: Invalid value [${value.slice(0, 200)}]. Please use either MessageBody or MessageAttributes`,
    )
  },
  FilterPolicy: (value) => value,
  RedrivePolicy(value, { topicArn }) {
    const { deadLetterTargetArn, ...unknown } = jsonObject(value) ?? {}
    const refused = (reason: string) => invalidParameter('Attributes', `RedrivePolicy: ${reason}`)
    if (jsonObject(value) === undefined) throw refused('failed to parse JSON.')
    if (typeof deadLetterTargetArn !== 'string' || Object.keys(unknown).length > 0) {
      throw refused('deadLetterTargetArn is the one member that it has')
    }
    const arn = parseArn(deadLetterTargetArn)
    if (arn?.service !== 'sqs') throw refused('deadLetterTargetArn is an invalid arn')
    if (topicArn.endsWith('.fifo') !== deadLetterTargetArn.endsWith('.fifo')) {
      throw refused('the dead-letter queue must be of the same type as the topic')
    }
    return JSON.stringify({ deadLetterTargetArn })
  },
  DeliveryPolicy(value, subscription) {
    if (!isHttp(subscription)) throw invalidParameter('Attributes', 'DeliveryPolicy: it is for HTTP endpoints only')
    return checkSubscriptionDeliveryPolicy(value)
  },
}
