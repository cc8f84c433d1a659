import { type ServiceCalls, serviceLinkedCaller } from '../../../core/services/service-calls.ts'
import type { Scope } from '../../../core/store.ts'
import type { Connection, ConnectionSecret } from '../domain/connection.ts'
import { eventsPrincipal } from '../domain/names.ts'

/** By which EventBridge reads the secrets of connections. */
const role = {
  roleName: 'AWSServiceRoleForAmazonEventBridgeApiDestinations',
  service: 'apidestinations.events.amazonaws.com',
  policyArn: 'arn:aws:iam::aws:policy/aws-service-role/AmazonEventBridgeApiDestinationsServiceRolePolicy',
  sessionName: 'EventBridge',
}

/** Reads the secret of a connection. @throws ServiceError - Secrets Manager or KMS refuses. */
export async function readSecret(
  calls: ServiceCalls,
  { accountId, region }: Scope,
  { secretArn }: Pick<Connection, 'secretArn'>,
): Promise<ConnectionSecret> {
  const { SecretString = '{}' } = await calls.invoke({
    caller: serviceLinkedCaller(accountId, role),
    ...{ region, service: 'secretsmanager', operation: 'GetSecretValue', input: { SecretId: secretArn } },
    calledVia: [eventsPrincipal],
  })
  return JSON.parse(SecretString) as ConnectionSecret
}
