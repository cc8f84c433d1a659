import type { AssociateKmsKeyRequest, DisassociateKmsKeyRequest } from '@aws-sdk/client-cloudwatch-logs'
import { parseArn } from '../../../core/arn.ts'
import type { Validated } from '../../../core/operation.ts'
import {
  bothNameAndResource,
  invalidKeyArn,
  neitherNameNorResource,
  queryResultsKeyNotBuilt,
} from '../domain/errors.ts'
import type { LogGroup } from '../domain/log-group.ts'
import { nameOfIdentifier, type Place } from '../domain/log-names.ts'
import type { LogsContext } from '../logs-context.ts'
import { changeGroup, findGroup } from './find-group.ts'
import type { KeyedGroup } from './group-keys.ts'

/**
 * Checks that the service may use a key for a group.
 * @returns the ARN of the key.
 * @throws ServiceError AccessDeniedException, InvalidParameterException.
 */
export async function usableKey({ keys }: LogsContext, group: KeyedGroup, kmsKeyId: string): Promise<string> {
  const arn = parseArn(kmsKeyId)
  if (arn?.service !== 'kms' || !arn.resource.startsWith('key/')) throw invalidKeyArn(kmsKeyId)
  await keys.generate(group, kmsKeyId)
  return kmsKeyId
}

/** The members by which a request names what a key is associated with. */
export interface KeyTarget {
  logGroupName?: string | undefined
  resourceIdentifier?: string | undefined
}

/** @throws ServiceError InvalidParameterException, ResourceNotFoundException, ValidationException. */
export function nameOfTarget(place: Place, { logGroupName, resourceIdentifier }: KeyTarget): string {
  if (logGroupName !== undefined && resourceIdentifier !== undefined) throw bothNameAndResource()
  if (logGroupName !== undefined) return logGroupName
  if (resourceIdentifier === undefined) throw neitherNameNorResource()
  if (resourceIdentifier.endsWith(':query-result:*')) throw queryResultsKeyNotBuilt()
  return nameOfIdentifier(place, resourceIdentifier.replace(/:\*$/, ''))
}

/**
 * Has what is ingested from now on encrypted with a key of KMS.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html
 */
export async function associateKmsKey(
  context: LogsContext,
  { kmsKeyId, ...target }: Validated<AssociateKmsKeyRequest>,
): Promise<void> {
  const group = await findGroup(context, nameOfTarget(context.call, target))
  const kmsKeyArn = await usableKey(context, group, kmsKeyId)
  await changeGroup(context, group, (present) => ({ ...present, kmsKeyArn }))
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DisassociateKmsKey.html */
export async function disassociateKmsKey(
  context: LogsContext,
  target: Validated<DisassociateKmsKeyRequest>,
): Promise<void> {
  const group = await findGroup(context, nameOfTarget(context.call, target))
  await changeGroup(context, group, ({ kmsKeyArn: _, ...present }): LogGroup => present)
}
