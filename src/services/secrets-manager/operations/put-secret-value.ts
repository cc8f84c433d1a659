import type { PutSecretValueRequest, PutSecretValueResponse } from '@aws-sdk/client-secrets-manager'
import type { Validated } from '../../../core/operation.ts'
import { valueTokenNeeded } from '../domain/errors.ts'
import type { Secret } from '../domain/secret.ts'
import { checkChangeable, checkKeyServes, checkNotManaged } from '../domain/secret-state.ts'
import { requiredValueIn } from '../domain/secret-value.ts'
import { current, labelsOf } from '../domain/staging-labels.ts'
import type { SecretsManagerContext } from '../secrets-manager-context.ts'
import { rereadSecret } from '../storage/secret-store.ts'
import { isRepetition, unlessRepeated } from './existing-version.ts'
import { withVersion } from './new-version.ts'
import { checkRotationToken } from './rotation-state.ts'
import { saveSecret } from './save-secret.ts'
import { encryptFor, kmsFor } from './value-keys.ts'

/**
 * Adds a version. Without VersionStages it becomes the current one; with them, only these labels move.
 * @throws ServiceError InvalidRequestException (no value, no token, marked for deletion), InvalidParameterException (two
 *   values, a replica, an unknown RotationToken), ResourceExistsException (the token belongs to another value),
 *   EncryptionFailure, DecryptionFailure, LimitExceededException.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
 */
export async function putSecretValue(
  context: SecretsManagerContext,
  request: Validated<PutSecretValueRequest>,
): Promise<PutSecretValueResponse> {
  const { call, secrets } = context
  const { SecretId, ClientRequestToken: token, VersionStages: labels = [current], RotationToken } = request
  if (token === undefined) throw valueTokenNeeded()
  const found = await secrets.get(SecretId)
  checkChangeable(found)
  checkNotManaged(found, call.calledVia)
  const value = requiredValueIn(request)
  checkKeyServes(found, call.accountId)
  if (RotationToken !== undefined) await checkRotationToken(call.store, found, RotationToken)
  const repeated = async () => answerOf(await rereadSecret(call.store, found), token)
  if (await isRepetition(context, found, token, value)) return repeated()
  const encrypted = await encryptFor(kmsFor(call), found, token, value)
  const change = () =>
    call.transaction(async (tx) => {
      const secret = await rereadSecret(tx, found)
      checkChangeable(secret)
      const nowMs = call.clock.nowMs()
      const version = { versionId: token, value: encrypted, kmsKeyId: found.kmsKeyId, labels }
      return answerOf(await saveSecret(tx, secret, await withVersion(tx, secret, version, nowMs), nowMs), token)
    })
  return unlessRepeated(change, async () => {
    await isRepetition(context, found, token, value)
    return repeated()
  })
}

const answerOf = ({ arn, name, stages }: Secret, versionId: string): PutSecretValueResponse => ({
  ARN: arn,
  Name: name,
  VersionId: versionId,
  VersionStages: labelsOf(stages, versionId),
})
