import { createHash } from 'node:crypto'
import type { LifecycleRule } from '@aws-sdk/client-s3'
import { dayMs } from '../../../core/durations.ts'
import { invalidArgument, invalidRequest, malformedXml } from './errors.ts'

const mostRules = 1000

/**
 * Checks the rules of a lifecycle configuration, and names those without an id.
 * @throws ServiceError MalformedXML, InvalidArgument, InvalidRequest.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
 */
export function checkLifecycleRules(rules: readonly LifecycleRule[] | undefined): LifecycleRule[] {
  if (!rules || rules.length === 0 || rules.length > mostRules) throw malformedXml()
  const named = rules.map((rule) => ({ ...rule, ID: rule.ID || idOf(rule) }))
  const ids = new Set(named.map(({ ID }) => ID))
  if (ids.size < named.length) throw invalidArgument('Rule ID must be unique. Found same ID for more than one rule')
  for (const rule of named) checkRule(rule)
  return named
}

const idOf = (rule: LifecycleRule) => createHash('sha256').update(JSON.stringify(rule)).digest('base64url').slice(0, 40)

function checkRule(rule: LifecycleRule & { ID: string }): void {
  const { ID, Status, Prefix, Filter, Expiration, NoncurrentVersionExpiration, AbortIncompleteMultipartUpload } = rule
  if (ID.length > 255) throw invalidArgument('ID length should not exceed allowed limit of 255')
  if (Status !== 'Enabled' && Status !== 'Disabled') throw malformedXml()
  // One of the two says what the rule is about.
  if ((Prefix === undefined) === (Filter === undefined)) throw malformedXml()
  const actions = [Expiration, NoncurrentVersionExpiration, AbortIncompleteMultipartUpload]
  const transitions = [...(rule.Transitions ?? []), ...(rule.NoncurrentVersionTransitions ?? [])]
  if (actions.every((action) => action === undefined) && transitions.length === 0) {
    throw invalidRequest('At least one action needs to be specified in a rule')
  }
  if (Expiration) checkExpiration(Expiration)
  for (const { Days, Date: date } of rule.Transitions ?? []) {
    if ((Days === undefined) === (date === undefined)) throw malformedXml()
    checkMidnight(date)
    if (Days !== undefined && Days < 0) throw invalidArgument("'Days' in Transition action must be nonnegative")
  }
  for (const days of [
    NoncurrentVersionExpiration?.NoncurrentDays,
    AbortIncompleteMultipartUpload?.DaysAfterInitiation,
  ]) {
    if (days !== undefined && days < 1) throw invalidArgument("'Days' for an action must be a positive integer")
  }
}

function checkExpiration({
  Days,
  Date: date,
  ExpiredObjectDeleteMarker,
}: NonNullable<LifecycleRule['Expiration']>): void {
  const given = [Days, date, ExpiredObjectDeleteMarker].filter((one) => one !== undefined)
  if (given.length !== 1) throw malformedXml()
  if (Days !== undefined && Days < 1) {
    throw invalidArgument("'Days' for Expiration action must be a positive integer")
  }
  checkMidnight(date)
}

function checkMidnight(date: Date | undefined): void {
  if (date && date.getTime() % dayMs !== 0) throw invalidArgument("'Date' must be at midnight GMT")
}
