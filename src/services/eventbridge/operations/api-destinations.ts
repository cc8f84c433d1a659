import { randomUUID } from 'node:crypto'
import type {
  CreateApiDestinationRequest,
  CreateApiDestinationResponse,
  DeleteApiDestinationRequest,
  DescribeApiDestinationRequest,
  DescribeApiDestinationResponse,
  ListApiDestinationsRequest,
  ListApiDestinationsResponse,
  UpdateApiDestinationRequest,
  UpdateApiDestinationResponse,
} from '@aws-sdk/client-eventbridge'
import type { Validated } from '../../../core/operation.ts'
import type { Scope, Store } from '../../../core/store.ts'
import type { ApiDestination } from '../domain/connection.ts'
import { connectionNotFound, destinationExists, destinationNotFound } from '../domain/errors.ts'
import { destinationArn, resourceOfArn } from '../domain/names.ts'
import type { EventBridgeContext } from '../eventbridge-context.ts'
import { apiDestinations, connections, countOfConnections } from '../storage/collections.ts'
import { checkEndpoint } from './check-endpoint.ts'
import { pageOf } from './pages.ts'

const defaultPerSecond = 300

/**
 * Makes an API destination.
 * @throws ServiceError ResourceAlreadyExistsException, ResourceNotFoundException, LimitExceededException, ValidationException.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateApiDestination.html
 */
export async function createApiDestination(
  context: EventBridgeContext,
  {
    Name: name,
    Description,
    ConnectionArn,
    InvocationEndpoint,
    HttpMethod,
    InvocationRateLimitPerSecond = defaultPerSecond,
  }: Validated<CreateApiDestinationRequest>,
): Promise<CreateApiDestinationResponse> {
  const { call } = context
  checkEndpoint(context, InvocationEndpoint)
  const scope = { accountId: call.accountId, region: call.region }
  const nowMs = call.clock.nowMs()
  const id = randomUUID()
  const destination: ApiDestination = {
    ...{ name, id, arn: destinationArn(scope, name, id), connectionArn: ConnectionArn },
    ...(Description !== undefined && { description: Description }),
    ...{ endpoint: InvocationEndpoint, method: HttpMethod, perSecond: InvocationRateLimitPerSecond },
    ...{ createdAtMs: nowMs, modifiedAtMs: nowMs },
  }
  return call.transaction(async (tx) => {
    await checkConnection(tx, scope, ConnectionArn)
    if (await tx.in(apiDestinations).get(scope, name)) throw destinationExists(name)
    await countOfConnections.change(tx, scope, 'all', { destinations: 1 })
    await tx.in(apiDestinations).put(scope, name, destination)
    return answerOf(destination)
  })
}

/** @throws ServiceError ResourceNotFoundException, ValidationException. */
export async function updateApiDestination(
  context: EventBridgeContext,
  {
    Name,
    Description,
    ConnectionArn,
    InvocationEndpoint,
    HttpMethod,
    InvocationRateLimitPerSecond,
  }: Validated<UpdateApiDestinationRequest>,
): Promise<UpdateApiDestinationResponse> {
  const { call } = context
  if (InvocationEndpoint !== undefined) checkEndpoint(context, InvocationEndpoint)
  const scope = { accountId: call.accountId, region: call.region }
  return call.transaction(async (tx) => {
    const present = await presentDestination(tx, scope, Name)
    if (ConnectionArn !== undefined) await checkConnection(tx, scope, ConnectionArn)
    const destination: ApiDestination = {
      ...present,
      ...(Description !== undefined && { description: Description }),
      connectionArn: ConnectionArn ?? present.connectionArn,
      endpoint: InvocationEndpoint ?? present.endpoint,
      method: HttpMethod ?? present.method,
      perSecond: InvocationRateLimitPerSecond ?? present.perSecond,
      modifiedAtMs: call.clock.nowMs(),
    }
    await tx.in(apiDestinations).put(scope, Name, destination)
    return answerOf(destination)
  })
}

/** @throws ServiceError ResourceNotFoundException. */
export async function deleteApiDestination(
  { call }: EventBridgeContext,
  { Name }: Validated<DeleteApiDestinationRequest>,
): Promise<Record<string, never>> {
  const scope = { accountId: call.accountId, region: call.region }
  return call.transaction(async (tx) => {
    await presentDestination(tx, scope, Name)
    await tx.in(apiDestinations).delete(scope, Name)
    await countOfConnections.change(tx, scope, 'all', { destinations: -1 })
    return {}
  })
}

/** @throws ServiceError ResourceNotFoundException. */
export async function describeApiDestination(
  { call }: EventBridgeContext,
  { Name }: Validated<DescribeApiDestinationRequest>,
): Promise<DescribeApiDestinationResponse> {
  const destination = await presentDestination(call.store, call, Name)
  const { description } = destination
  return { ...shownDestination(destination), ...(description !== undefined && { Description: description }) }
}

/** @throws ServiceError ValidationException. */
export async function listApiDestinations(
  context: EventBridgeContext,
  { NamePrefix = '', ConnectionArn, NextToken, Limit }: Validated<ListApiDestinationsRequest>,
): Promise<ListApiDestinationsResponse> {
  const { store, accountId, region } = context.call
  const { rows, next } = await pageOf(
    ...([context, [NamePrefix, ConnectionArn], NextToken, Limit] as const),
    (afterId, limit) => store.in(apiDestinations).list({ accountId, region }, { idPrefix: NamePrefix, afterId, limit }),
    ConnectionArn === undefined ? undefined : ({ connectionArn }) => connectionArn === ConnectionArn,
  )
  return { ApiDestinations: rows.map(shownDestination), ...(next !== undefined && { NextToken: next }) }
}

/** @throws ServiceError ResourceNotFoundException. */
async function checkConnection(reader: Pick<Store, 'in'>, scope: Scope, arn: string): Promise<void> {
  const name = resourceOfArn(arn)?.name ?? ''
  const connection = await reader.in(connections).get(scope, name)
  if (connection?.arn !== arn) throw connectionNotFound(name)
}

async function presentDestination(
  reader: Pick<Store, 'in'>,
  { accountId, region }: Scope,
  name: string,
): Promise<ApiDestination> {
  const destination = await reader.in(apiDestinations).get({ accountId, region }, name)
  if (!destination) throw destinationNotFound(name)
  return destination
}

const shownDestination = (destination: ApiDestination) => ({
  ...{ ...answerOf(destination), Name: destination.name, ConnectionArn: destination.connectionArn },
  ...{ InvocationEndpoint: destination.endpoint, HttpMethod: destination.method as 'POST' },
  InvocationRateLimitPerSecond: destination.perSecond,
})

const answerOf = ({ arn, createdAtMs, modifiedAtMs }: ApiDestination) => ({
  ...{ ApiDestinationArn: arn, ApiDestinationState: 'ACTIVE' as const },
  ...{ CreationTime: new Date(createdAtMs), LastModifiedTime: new Date(modifiedAtMs) },
})
