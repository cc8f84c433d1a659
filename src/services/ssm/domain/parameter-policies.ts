import { dayMs, hourMs } from '../../../core/durations.ts'
import {
  policiesIncompatible,
  policiesMalformed,
  policyAttributeInvalid,
  policyTypeInvalid,
  tooManyPolicies,
} from './errors.ts'
import { quotas } from './quotas.ts'

const policyTypes = ['Expiration', 'ExpirationNotification', 'NoChangeNotification'] as const

export type PolicyType = (typeof policyTypes)[number]

/** A parameter policy with when it acts. */
export interface StoredPolicy {
  /** One object as JSON text. */
  text: string
  type: PolicyType
  status: 'Pending' | 'Finished'
  dueAtMs: number
  /** Of a NoChangeNotification: how long after a change it acts. */
  afterMs?: number
}

/**
 * Reads the policies of a request.
 * @param text - JSON text of an array of at most ten policies; `[{}]` stands for none.
 * @param nowMs - when the parameter is modified: what is due follows from it.
 * @throws ServiceError ValidationException, PoliciesLimitExceededException, InvalidPolicyTypeException,
 *   InvalidPolicyAttributeException, IncompatiblePolicyException.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
 */
export function parsePolicies(text: string, nowMs: number): StoredPolicy[] {
  const given = parseArray(text).filter((policy) => Object.keys(policy).length > 0)
  if (given.length > quotas.policies) throw tooManyPolicies()
  const read = given.map(readPolicy)
  const expirations = read.filter(({ type }) => type === 'Expiration')
  const unchangedRules = read.filter(({ type }) => type === 'NoChangeNotification')
  const [expiration] = expirations
  if (expirations.length > 1 || unchangedRules.length > 1) throw policiesIncompatible()
  if (expiration && expiration.timeMs <= nowMs) throw policyAttributeInvalid()
  return read.map((policy): StoredPolicy => {
    const { text, type } = policy
    const status = 'Pending'
    if (type === 'Expiration') return { text, type, status, dueAtMs: policy.timeMs }
    if (type === 'NoChangeNotification') {
      return { text, type, status, dueAtMs: nowMs + policy.timeMs, afterMs: policy.timeMs }
    }
    // There is nothing to notify of without an expiration.
    if (!expiration) throw policiesIncompatible()
    return { text, type, status, dueAtMs: expiration.timeMs - policy.timeMs }
  })
}

/** The policies of a parameter that is modified and keeps them: what waits for a time without change waits anew. */
export const renewPolicies = (policies: readonly StoredPolicy[], nowMs: number): StoredPolicy[] =>
  policies.map((policy) =>
    policy.afterMs === undefined ? policy : { ...policy, status: 'Pending', dueAtMs: nowMs + policy.afterMs },
  )

/** Returns when the next policy acts; undefined when none will. */
export function nextDueAtMs(policies: readonly StoredPolicy[]): number | undefined {
  const times = policies.filter(({ status }) => status === 'Pending').map(({ dueAtMs }) => dueAtMs)
  return times.length > 0 ? Math.min(...times) : undefined
}

interface ReadPolicy {
  text: string
  type: PolicyType
  /** Of an Expiration: when; of the others: how long before or after. */
  timeMs: number
}

function parseArray(text: string): object[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    // Whatever is wrong with the text, AWS says this.
    throw policiesMalformed(text)
  }
  if (!Array.isArray(parsed) || !parsed.every(isObject)) throw policiesMalformed(text)
  return parsed
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function readPolicy(policy: object): ReadPolicy {
  const { Type, Version, Attributes, ...others } = policy as Record<string, unknown>
  const type = policyTypes.find((known) => known === Type)
  if (!type) throw policyTypeInvalid()
  if (Version !== '1.0' || !isObject(Attributes) || Object.keys(others).length > 0) throw policyAttributeInvalid()
  const text = JSON.stringify(policy)
  if (type === 'Expiration') return { text, type, timeMs: timestamp(Attributes) }
  return { text, type, timeMs: duration(Attributes, type === 'ExpirationNotification' ? 'Before' : 'After') }
}

function timestamp({ Timestamp, ...others }: Record<string, unknown>): number {
  if (typeof Timestamp !== 'string' || Object.keys(others).length > 0) throw policyAttributeInvalid()
  const form = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/.exec(Timestamp)
  const timeMs = Date.parse(Timestamp)
  if (!form || Number.isNaN(timeMs)) throw policyAttributeInvalid()
  // The parser takes 30 February for the second of March, which its author did not mean.
  const [, year, month, day] = form.map(Number)
  if (new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day)).getUTCDate() !== day) throw policyAttributeInvalid()
  return timeMs
}

const unitMs: Readonly<Record<string, number>> = { Days: dayMs, Hours: hourMs }

function duration(attributes: Record<string, unknown>, name: 'Before' | 'After'): number {
  const { [name]: count, Unit, ...others } = attributes
  const unit = typeof Unit === 'string' && Object.hasOwn(unitMs, Unit) ? unitMs[Unit] : undefined
  const isCount = typeof count === 'string' && /^[1-9]\d{0,6}$/.test(count)
  if (!isCount || !unit || Object.keys(others).length > 0) throw policyAttributeInvalid()
  return Number(count) * unit
}
