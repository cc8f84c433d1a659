import type { AuditDeclaration, Operation, Permission } from '../../core/operation.ts'
import { removedTagKeys, requestTagKeys } from '../../kit/tag-keys.ts'
import { batchGetSecretValue, batchGetSecretValuePermissions } from './operations/batch-get-secret-value.ts'
import { kmsKeyConditionKeys, replicaConditionKeys, requestConditionKeys } from './operations/condition-keys.ts'
import { createSecret } from './operations/create-secret.ts'
import { defaultWindowDays, deleteSecret, restoreSecret } from './operations/delete-secret.ts'
import { describeSecret, listSecretVersionIds } from './operations/describe-secret.ts'
import { getRandomPassword } from './operations/get-random-password.ts'
import { getSecretValue } from './operations/get-secret-value.ts'
import { listSecrets } from './operations/list-secrets.ts'
import { createSecretPermissions, onAccount, onSecret } from './operations/permissions.ts'
import { putSecretValue } from './operations/put-secret-value.ts'
import {
  removeRegionsFromReplication,
  replicateSecretToRegions,
  stopReplicationToReplica,
} from './operations/replicate-secret.ts'
import {
  deleteResourcePolicy,
  getResourcePolicy,
  putResourcePolicy,
  validateResourcePolicy,
  validateResourcePolicyPermissions,
} from './operations/resource-policies.ts'
import { cancelRotateSecret, rotateSecret, rotateSecretPermissions } from './operations/rotate-secret.ts'
import { tagResource, untagResource } from './operations/tags.ts'
import { updateSecret } from './operations/update-secret.ts'
import { updateSecretVersionStage } from './operations/update-secret-version-stage.ts'
import type { SecretsManagerContext } from './secrets-manager-context.ts'

type Handle<I, O> = (context: SecretsManagerContext, input: I) => Promise<O>
type Decide<I> = (context: SecretsManagerContext, input: I) => readonly Permission[] | Promise<readonly Permission[]>

const read = <I, O>(handle: Handle<I, O>, permissions: Decide<I>): Operation<SecretsManagerContext, I, O> => ({
  handle,
  permissions,
  readOnly: true,
})

// Since February 2024 records say `arn` where they said `aRN`.
const responseNames = { ARN: 'arn' }

const write = <I, O>(
  handle: Handle<I, O>,
  permissions: Decide<I>,
  audit?: AuditDeclaration<SecretsManagerContext, I, O>,
): Operation<SecretsManagerContext, I, O> => ({
  handle,
  permissions,
  readOnly: false,
  audit: { responseNames, ...audit },
})

const currentLabel = 'AWSCURRENT'

/** Everything Secrets Manager can do; what is missing here answers that it is not built. */
export const secretsManagerOperations = {
  CreateSecret: write(createSecret, createSecretPermissions),
  DescribeSecret: read(describeSecret, onSecret()),
  ListSecrets: read(listSecrets, onAccount),
  UpdateSecret: write(
    updateSecret,
    onSecret(({ Description, Type, KmsKeyId }) => ({
      ...requestConditionKeys({ Description, Type }),
      ...kmsKeyConditionKeys(KmsKeyId),
    })),
  ),
  DeleteSecret: write(
    deleteSecret,
    onSecret(({ ForceDeleteWithoutRecovery: force = false, RecoveryWindowInDays: days }) =>
      requestConditionKeys({
        ForceDeleteWithoutRecovery: force,
        RecoveryWindowInDays: days ?? (force ? undefined : defaultWindowDays),
      }),
    ),
  ),
  RestoreSecret: write(restoreSecret, onSecret()),

  GetSecretValue: read(
    getSecretValue,
    onSecret(({ VersionId, VersionStage }) =>
      requestConditionKeys({
        VersionId,
        VersionStage: VersionStage ?? (VersionId === undefined ? currentLabel : undefined),
      }),
    ),
  ),
  BatchGetSecretValue: read(batchGetSecretValue, batchGetSecretValuePermissions),
  PutSecretValue: write(putSecretValue, onSecret()),
  ListSecretVersionIds: read(listSecretVersionIds, onSecret()),
  UpdateSecretVersionStage: write(
    updateSecretVersionStage,
    onSecret(({ VersionStage }) => requestConditionKeys({ VersionStage })),
  ),
  GetRandomPassword: read(getRandomPassword, onAccount),

  RotateSecret: write(rotateSecret, rotateSecretPermissions),
  CancelRotateSecret: write(cancelRotateSecret, onSecret()),

  ReplicateSecretToRegions: write(
    replicateSecretToRegions,
    onSecret(({ AddReplicaRegions, ForceOverwriteReplicaSecret }) =>
      replicaConditionKeys(AddReplicaRegions, ForceOverwriteReplicaSecret),
    ),
  ),
  RemoveRegionsFromReplication: write(removeRegionsFromReplication, onSecret()),
  StopReplicationToReplica: write(stopReplicationToReplica, onSecret()),

  TagResource: write(
    tagResource,
    onSecret(({ Tags }) => requestTagKeys(Tags)),
  ),
  UntagResource: write(
    untagResource,
    onSecret(({ TagKeys }) => removedTagKeys(TagKeys)),
  ),

  GetResourcePolicy: read(getResourcePolicy, onSecret()),
  PutResourcePolicy: write(
    putResourcePolicy,
    onSecret(({ BlockPublicPolicy = false }) => requestConditionKeys({ BlockPublicPolicy })),
  ),
  DeleteResourcePolicy: write(deleteResourcePolicy, onSecret()),
  ValidateResourcePolicy: read(validateResourcePolicy, validateResourcePolicyPermissions),
} satisfies Record<string, Operation<SecretsManagerContext, never, unknown>>
