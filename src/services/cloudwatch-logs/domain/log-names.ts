import { parseArn } from '../../../core/arn.ts'
import type { Call } from '../../../core/call.ts'
import { bothNameAndIdentifier, groupNotFound, invalidArn, neitherNameNorIdentifier } from './errors.ts'

/** Where a name is looked for. */
export type Place = Pick<Call, 'partition' | 'region' | 'accountId'>

/** The ARN of a log group, without the `:*` that `arn` of DescribeLogGroups has behind it. */
export const groupArn = ({ partition, region, accountId }: Place, name: string): string =>
  `arn:${partition}:logs:${region}:${accountId}:log-group:${name}`

export const streamArn = (group: string, stream: string): string => `${group}:log-stream:${stream}`

/**
 * Returns the name of the group that an identifier means: a name, or an ARN in the caller's account and Region.
 * @throws ServiceError ResourceNotFoundException - it is in another account or Region.
 */
export function nameOfIdentifier({ region, accountId }: Place, identifier: string): string {
  const arn = parseArn(identifier)
  if (!arn) return identifier
  const [, name] = /^log-group:([^:]+)$/.exec(arn.resource) ?? []
  if (arn.service !== 'logs' || name === undefined) throw invalidArn(identifier)
  if (arn.region !== region || arn.accountId !== accountId) throw groupNotFound()
  return name
}

/** The members by which a request names a group: one of the two. */
export interface GroupChoice {
  logGroupName?: string | undefined
  logGroupIdentifier?: string | undefined
}

/** @throws ServiceError ValidationException - both are given, or neither. */
export function nameOfChoice(place: Place, { logGroupName, logGroupIdentifier }: GroupChoice): string {
  if (logGroupName !== undefined && logGroupIdentifier !== undefined) throw bothNameAndIdentifier()
  if (logGroupName !== undefined) return logGroupName
  if (logGroupIdentifier === undefined) throw neitherNameNorIdentifier()
  return nameOfIdentifier(place, logGroupIdentifier)
}
