import { isIPv4 } from 'node:net'
import { BoundedMap } from '../../../core/bounded-map.ts'
import type { ConditionElement } from '../../../policy/condition.ts'
import type { Statement } from '../../../policy/language.ts'
import { bucketPolicies } from './bucket-policy.ts'

/** Each policy is looked at once: the same text comes with every request to its bucket. */
const known = new BoundedMap<string, boolean>(1000)

/**
 * Returns whether a policy is public: some statement allows more than fixed principals, sources or keys.
 * @param document - a valid policy of a bucket.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
export function isPublicPolicy(document: string): boolean {
  let decided = known.get(document)
  if (decided === undefined) {
    decided = bucketPolicies.read(document).statements.some(isPublicStatement)
    known.set(document, decided)
  }
  return decided
}

const isPublicStatement = (statement: Statement): boolean =>
  statement.effect === 'Allow' && !hasFixedPrincipals(statement) && !statement.conditions.some(isNarrow)

function hasFixedPrincipals({ principal }: Statement): boolean {
  if (principal === undefined || principal === '*') return false
  return [...principal.values()].flat().every(isFixed)
}

/** Without wildcards and policy variables. */
const isFixed = (value: string): boolean => !/[*?]|\$\{/.test(value)

const narrowKeys = new Set([
  ...['aws:principalorgid', 'aws:principalarn', 'aws:principalaccount'],
  ...['aws:sourcearn', 'aws:sourcevpc', 'aws:sourcevpce', 'aws:sourceowner', 'aws:sourceaccount'],
  ...['s3:x-amz-server-side-encryption-aws-kms-key-id', 's3:dataaccesspointaccount'],
])

const equality = /^(ForAnyValue:)?(StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike)$/i

function isNarrow({ operatorName, key, values }: ConditionElement): boolean {
  const name = key.toLowerCase()
  if (name === 'aws:sourceip') return /^IpAddress$/i.test(operatorName) && values.every(isNarrowRange)
  if (!equality.test(operatorName)) return false
  // The name of an access point may be a wildcard; its account may not.
  if (name === 's3:dataaccesspointarn') return values.every((value) => isFixed(value.replace(/accesspoint\/\*$/, '')))
  // What a session is called is not fixed, and whose it is is.
  if (name === 'aws:userid') return values.every((value) => isFixed(value.replace(/^(AROA[A-Z0-9]+):\*$/, '$1')))
  return narrowKeys.has(name) && values.every(isFixed)
}

/** No broader than /8 of version 4, or /32 of version 6. */
function isNarrowRange(range: string): boolean {
  const [address = '', bits] = range.split('/')
  if (bits === undefined) return isFixed(range)
  return Number(bits) >= (isIPv4(address) ? 8 : 32)
}
