import type { CreateSecretRequest } from '@aws-sdk/client-secrets-manager'
import type { Permission, RequestContext, Validated } from '../../../core/operation.ts'
import { secretPolicies } from '../domain/resource-policy.ts'
import { checkName } from '../domain/secret-identifier.ts'
import type { SecretsManagerContext } from '../secrets-manager-context.ts'
import {
  kmsKeyConditionKeys,
  newSecretTagConditionKeys,
  replicaConditionKeys,
  requestConditionKeys,
  secretConditionKeys,
} from './condition-keys.ts'

// What each operation asks for, as the Service Authorization Reference, "AWS Secrets Manager", lists it. Denials print the
// SecretId as it was given.

/** Returns the permissions for operations that no secret belongs to. */
export const onAccount = ({ call }: SecretsManagerContext): Permission[] => [
  { action: `secretsmanager:${call.operation}`, resource: '*', printedResource: '*' },
]

/** Returns the permissions for operations on one secret, which its policy has a say in. */
export const onSecret =
  <I extends { SecretId: string }>(more: (input: I) => RequestContext = () => ({})) =>
  async (context: SecretsManagerContext, input: I): Promise<Permission[]> => [
    await secretPermission(context, input.SecretId, { context: more(input) }),
  ]

export async function secretPermission(
  { call, identity, secrets }: SecretsManagerContext,
  secretId: string,
  options: { action?: string; context?: RequestContext } = {},
): Promise<Permission> {
  const { accountId, arn, secret } = await secrets.find(secretId)
  return {
    action: options.action ?? `secretsmanager:${call.operation}`,
    resource: arn,
    resourceAccountId: accountId,
    printedResource: secretId,
    ...(secret?.policy && { policy: await secretPolicies.inForce(identity, secret.policy) }),
    context: { ...(secret && secretConditionKeys(secret)), ...options.context },
  }
}

/** The secret that is to be, by the ARN it will have; its tags and its replicas need permissions of their own. */
export function createSecretPermissions(
  { call, secrets }: SecretsManagerContext,
  request: Validated<CreateSecretRequest>,
): Permission[] {
  const { Name, Description, Type, KmsKeyId, Tags = [], AddReplicaRegions = [] } = request
  const create: Permission = {
    action: `secretsmanager:${call.operation}`,
    resource: secrets.newArn(checkName(Name)),
    printedResource: Name,
    context: {
      ...requestConditionKeys({ Name, Description, Type }),
      ...kmsKeyConditionKeys(KmsKeyId),
      ...newSecretTagConditionKeys(Tags),
      ...replicaConditionKeys(AddReplicaRegions, request.ForceOverwriteReplicaSecret),
    },
  }
  return [
    create,
    ...(Tags.length > 0 ? [{ ...create, action: 'secretsmanager:TagResource' }] : []),
    ...(AddReplicaRegions.length > 0 ? [{ ...create, action: 'secretsmanager:ReplicateSecretToRegions' }] : []),
  ]
}
