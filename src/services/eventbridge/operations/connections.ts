import { randomUUID } from 'node:crypto'
import type {
  CreateConnectionRequest,
  CreateConnectionResponse,
  DeauthorizeConnectionRequest,
  DeauthorizeConnectionResponse,
  DeleteConnectionRequest,
  DeleteConnectionResponse,
  DescribeConnectionRequest,
  DescribeConnectionResponse,
  ListConnectionsRequest,
  ListConnectionsResponse,
  UpdateConnectionRequest,
  UpdateConnectionResponse,
} from '@aws-sdk/client-eventbridge'
import type { Validated } from '../../../core/operation.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { Scope, Store } from '../../../core/store.ts'
import {
  type AuthorizationType,
  type Connection,
  type ConnectionSecret,
  secretOf,
  shownOf,
} from '../domain/connection.ts'
import { connectionExists, connectionInUse, connectionNotFound, notSupported } from '../domain/errors.ts'
import { connectionArn } from '../domain/names.ts'
import type { EventBridgeContext } from '../eventbridge-context.ts'
import { apiDestinations, connections, countOfConnections } from '../storage/collections.ts'
import { planAuthorization } from './authorize-connection.ts'
import { checkEndpoint } from './check-endpoint.ts'
import { pageOf } from './pages.ts'

const secretName = (name: string, id: string) => `events!connection/${name}/${id}`

/**
 * Makes a connection. Its credentials are kept in a secret, which is made for the caller and managed by EventBridge.
 * @throws ServiceError ResourceAlreadyExistsException, LimitExceededException, ValidationException; what Secrets Manager refuses.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateConnection.html
 */
export async function createConnection(
  context: EventBridgeContext,
  {
    Name: name,
    Description,
    AuthorizationType: type,
    AuthParameters,
    InvocationConnectivityParameters,
    KmsKeyIdentifier,
  }: Validated<CreateConnectionRequest>,
): Promise<CreateConnectionResponse> {
  const { call } = context
  if (InvocationConnectivityParameters) throw notSupported('InvocationConnectivityParameters')
  const scope = { accountId: call.accountId, region: call.region }
  const secret = secretOf(type, AuthParameters)
  if (secret.oauth_endpoint !== undefined) checkEndpoint(context, secret.oauth_endpoint, 'AuthorizationEndpoint')
  if (await call.store.in(connections).get(scope, name)) throw connectionExists(name)
  const id = randomUUID()
  const { ARN: secretArn } = await call.invoke('secretsmanager', 'CreateSecret', {
    ...{ Name: secretName(name, id), SecretString: JSON.stringify(secret), ClientRequestToken: randomUUID() },
    ...(KmsKeyIdentifier && { KmsKeyId: KmsKeyIdentifier }),
  })
  const nowMs = call.clock.nowMs()
  const connection: Connection = {
    ...{ name, id, arn: connectionArn(scope, name, id), authorizationType: type, secretArn },
    ...(Description !== undefined && { description: Description }),
    ...authorized(type, nowMs),
    ...{ shown: shownOf(type, secret), createdAtMs: nowMs, modifiedAtMs: nowMs },
  }
  const made = call.transaction(async (tx) => {
    if (await tx.in(connections).get(scope, name)) throw connectionExists(name)
    await countOfConnections.change(tx, scope, 'all', { connections: 1 })
    await tx.in(connections).put(scope, name, connection)
    await planAuthorization(tx, scope, connection, nowMs)
    const { ConnectionState, CreationTime, LastModifiedTime } = shownConnection(connection)
    return { ConnectionArn: connection.arn, ConnectionState, CreationTime, LastModifiedTime }
  })
  return made.catch(async (refusal) => {
    // No one else could delete it.
    if (refusal instanceof ServiceError) await removeSecret(context, secretArn)
    throw refusal
  })
}

async function removeSecret({ call }: EventBridgeContext, SecretId: string): Promise<void> {
  await call.invoke('secretsmanager', 'DeleteSecret', { SecretId, ForceDeleteWithoutRecovery: true })
}

/** A token of OAuth is asked for behind the request. */
const authorized = (type: AuthorizationType, nowMs: number): Pick<Connection, 'state' | 'authorizedAtMs'> =>
  type === 'OAUTH_CLIENT_CREDENTIALS' ? { state: 'AUTHORIZING' } : { state: 'AUTHORIZED', authorizedAtMs: nowMs }

/** @throws ServiceError ResourceNotFoundException, ValidationException; what Secrets Manager refuses. */
export async function updateConnection(
  context: EventBridgeContext,
  {
    Name,
    Description,
    AuthorizationType,
    AuthParameters = {},
    InvocationConnectivityParameters,
    KmsKeyIdentifier,
  }: Validated<UpdateConnectionRequest>,
): Promise<UpdateConnectionResponse> {
  const { call } = context
  if (InvocationConnectivityParameters) throw notSupported('InvocationConnectivityParameters')
  if (KmsKeyIdentifier) throw notSupported('A change of KmsKeyIdentifier')
  const scope = { accountId: call.accountId, region: call.region }
  const found = await presentConnection(call.store, scope, Name)
  const { SecretString = '{}' } = await call.invoke('secretsmanager', 'GetSecretValue', { SecretId: found.secretArn })
  const type = AuthorizationType ?? found.authorizationType
  const secret = secretOf(type, AuthParameters, JSON.parse(SecretString) as ConnectionSecret)
  if (secret.oauth_endpoint !== undefined) checkEndpoint(context, secret.oauth_endpoint, 'AuthorizationEndpoint')
  const value = { SecretString: JSON.stringify(secret), ClientRequestToken: randomUUID() }
  await call.invoke('secretsmanager', 'PutSecretValue', { SecretId: found.secretArn, ...value })
  const nowMs = call.clock.nowMs()
  return call.transaction(async (tx) => {
    const { stateReason: _, ...present } = await presentConnection(tx, scope, Name)
    const connection: Connection = {
      ...{ ...present, authorizationType: type, ...authorized(type, nowMs), shown: shownOf(type, secret) },
      ...(Description !== undefined && { description: Description }),
      modifiedAtMs: nowMs,
    }
    await tx.in(connections).put(scope, Name, connection)
    await planAuthorization(tx, scope, connection, nowMs)
    return answerOf(connection)
  })
}

/** @throws ServiceError ResourceNotFoundException, ConcurrentModificationException; what Secrets Manager refuses. */
export async function deleteConnection(
  context: EventBridgeContext,
  { Name }: Validated<DeleteConnectionRequest>,
): Promise<DeleteConnectionResponse> {
  const { call } = context
  const scope = { accountId: call.accountId, region: call.region }
  const connection = await presentConnection(call.store, scope, Name)
  await checkUnused(call.store, scope, connection)
  await removeSecret(context, connection.secretArn)
  return call.transaction(async (tx) => {
    const present = await presentConnection(tx, scope, Name)
    await checkUnused(tx, scope, present)
    await tx.in(connections).delete(scope, Name)
    await countOfConnections.change(tx, scope, 'all', { connections: -1 })
    return { ...answerOf(present), ConnectionState: 'DELETING' as const }
  })
}

async function checkUnused(reader: Pick<Store, 'in'>, scope: Scope, { name, arn }: Connection): Promise<void> {
  const users = await reader.in(apiDestinations).list(scope, { index: { name: 'connection', value: arn }, limit: 1 })
  if (users.length > 0) throw connectionInUse(name)
}

/** Takes a connection its credentials; UpdateConnection gives it new ones. @throws ServiceError ResourceNotFoundException. */
export async function deauthorizeConnection(
  { call }: EventBridgeContext,
  { Name }: Validated<DeauthorizeConnectionRequest>,
): Promise<DeauthorizeConnectionResponse> {
  const scope = { accountId: call.accountId, region: call.region }
  const { secretArn } = await presentConnection(call.store, scope, Name)
  const value = { SecretString: '{}', ClientRequestToken: randomUUID() }
  await call.invoke('secretsmanager', 'PutSecretValue', { SecretId: secretArn, ...value })
  return call.transaction(async (tx) => {
    const present = await presentConnection(tx, scope, Name)
    const connection: Connection = { ...present, state: 'DEAUTHORIZED', modifiedAtMs: call.clock.nowMs() }
    await tx.in(connections).put(scope, Name, connection)
    return answerOf(connection)
  })
}

/** @throws ServiceError ResourceNotFoundException. */
export async function describeConnection(
  { call }: EventBridgeContext,
  { Name }: Validated<DescribeConnectionRequest>,
): Promise<DescribeConnectionResponse> {
  const connection = await presentConnection(call.store, call, Name)
  const { description, secretArn, shown } = connection
  return {
    ...shownConnection(connection),
    ...(description !== undefined && { Description: description }),
    ...{ SecretArn: secretArn, AuthParameters: shown },
  }
}

/** @throws ServiceError ValidationException. */
export async function listConnections(
  context: EventBridgeContext,
  { NamePrefix = '', ConnectionState, NextToken, Limit }: Validated<ListConnectionsRequest>,
): Promise<ListConnectionsResponse> {
  const { store, accountId, region } = context.call
  const { rows, next } = await pageOf(
    ...([context, [NamePrefix, ConnectionState], NextToken, Limit] as const),
    (afterId, limit) => store.in(connections).list({ accountId, region }, { idPrefix: NamePrefix, afterId, limit }),
    ConnectionState === undefined ? undefined : ({ state }) => state === ConnectionState,
  )
  return { Connections: rows.map(shownConnection), ...(next !== undefined && { NextToken: next }) }
}

/** @throws ServiceError ResourceNotFoundException. */
export async function presentConnection(
  reader: Pick<Store, 'in'>,
  { accountId, region }: Scope,
  name: string,
): Promise<Connection> {
  const connection = await reader.in(connections).get({ accountId, region }, name)
  if (!connection) throw connectionNotFound(name)
  return connection
}

const shownConnection = ({ name, arn, authorizationType, state, stateReason, ...times }: Connection) => ({
  ...{ ConnectionArn: arn, Name: name, ConnectionState: state, AuthorizationType: authorizationType },
  ...(stateReason !== undefined && { StateReason: stateReason }),
  ...{ CreationTime: new Date(times.createdAtMs), LastModifiedTime: new Date(times.modifiedAtMs) },
  ...(times.authorizedAtMs !== undefined && { LastAuthorizedTime: new Date(times.authorizedAtMs) }),
})

function answerOf(connection: Connection) {
  const { Name: _, AuthorizationType: __, ...answer } = shownConnection(connection)
  return answer
}
