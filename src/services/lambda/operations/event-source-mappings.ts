import type {
  EventSourceMappingConfiguration,
  GetEventSourceMappingRequest,
  ListEventSourceMappingsRequest,
  ListEventSourceMappingsResponse,
} from '@aws-sdk/client-lambda'
import type { Permission, Validated } from '../../../core/operation.ts'
import { resourceMissing } from '../domain/errors.ts'
import type { LambdaContext } from '../lambda-context.ts'
import { readPage } from './pages.ts'
import { resourcePermission } from './permissions.ts'

// No service here is a source of events, so that no mapping can exist.

export const onEventSourceMapping = (
  lambda: LambdaContext,
  { UUID }: Validated<GetEventSourceMappingRequest>,
): Permission[] => {
  const { partition, region, accountId } = lambda.call
  return [resourcePermission(lambda, `arn:${partition}:lambda:${region}:${accountId}:event-source-mapping:${UUID}`)]
}

/**
 * @throws ServiceError ResourceNotFoundException - no such mapping.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html
 */
export async function getEventSourceMapping(
  _lambda: LambdaContext,
  _request: Validated<GetEventSourceMappingRequest>,
): Promise<EventSourceMappingConfiguration> {
  throw resourceMissing()
}

/**
 * @throws ServiceError ResourceNotFoundException when the function that is named does not exist,
 *   InvalidParameterValueException.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html
 */
export async function listEventSourceMappings(
  lambda: LambdaContext,
  { FunctionName, EventSourceArn, ...page }: Validated<ListEventSourceMappingsRequest>,
): Promise<ListEventSourceMappingsResponse> {
  if (FunctionName !== undefined) await lambda.functions.version(lambda.functions.target(FunctionName))
  const { rows, NextMarker } = await readPage<EventSourceMappingConfiguration>(
    lambda,
    [FunctionName, EventSourceArn],
    page,
    async () => [],
  )
  return { EventSourceMappings: rows, NextMarker }
}
