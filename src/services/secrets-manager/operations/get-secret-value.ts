import type { GetSecretValueRequest, GetSecretValueResponse } from '@aws-sdk/client-secrets-manager'
import type { Validated } from '../../../core/operation.ts'
import { labelNotFound, labelNotOnVersion, versionNotFound } from '../domain/errors.ts'
import type { EncryptedValue, Secret, SecretVersion } from '../domain/secret.ts'
import { checkKeyServes, checkNotDeleted } from '../domain/secret-state.ts'
import { shownValue } from '../domain/secret-value.ts'
import { current, labelsOf } from '../domain/staging-labels.ts'
import type { SecretsManagerContext } from '../secrets-manager-context.ts'
import { getVersion } from '../storage/secret-store.ts'
import { decryptVersion, kmsFor } from './value-keys.ts'

/**
 * Reads a value: that of AWSCURRENT, of another label, or of a version.
 * @throws ServiceError ResourceNotFoundException, InvalidRequestException (marked for deletion; label and version that do
 *   not go together; the default key from another account), DecryptionFailure, AccessDeniedException (KMS).
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
export async function getSecretValue(
  context: SecretsManagerContext,
  { SecretId, VersionId, VersionStage }: Validated<GetSecretValueRequest>,
): Promise<GetSecretValueResponse> {
  const { call, secrets, accesses } = context
  const secret = await secrets.get(SecretId)
  checkNotDeleted(secret)
  const version = await chosenVersion(context, secret, VersionId, VersionStage)
  checkKeyServes({ ...secret, kmsKeyId: version.kmsKeyId }, call.accountId)
  const value = await decryptVersion(kmsFor(call), secret, version, version.value)
  accesses.note(secret, version, call.clock.nowMs())
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.versionId,
    ...shownValue(value),
    VersionStages: labelsOf(secret.stages, version.versionId),
    CreatedDate: new Date(version.createdAtMs),
  }
}

type ReadableVersion = SecretVersion & { value: EncryptedValue }

/** A version that has no value yet counts as not there. */
async function chosenVersion(
  { call }: SecretsManagerContext,
  secret: Secret,
  versionId: string | undefined,
  label: string | undefined,
): Promise<ReadableVersion> {
  const wantedLabel = label ?? (versionId === undefined ? current : undefined)
  const id = versionId ?? (wantedLabel === undefined ? undefined : secret.stages[wantedLabel])
  const version = id === undefined ? undefined : await getVersion(call.store, secret, id)
  if (!version?.value)
    throw versionId === undefined ? labelNotFound(wantedLabel ?? current) : versionNotFound(versionId)
  if (versionId !== undefined && label !== undefined && secret.stages[label] !== versionId) throw labelNotOnVersion()
  return { ...version, value: version.value }
}
