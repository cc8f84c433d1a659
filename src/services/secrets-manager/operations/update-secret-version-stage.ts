import type { UpdateSecretVersionStageRequest, UpdateSecretVersionStageResponse } from '@aws-sdk/client-secrets-manager'
import type { Validated } from '../../../core/operation.ts'
import { versionNotFound } from '../domain/errors.ts'
import { checkChangeable, checkNotManaged } from '../domain/secret-state.ts'
import { current, moveLabel } from '../domain/staging-labels.ts'
import type { SecretsManagerContext } from '../secrets-manager-context.ts'
import { getVersion, rereadSecret } from '../storage/secret-store.ts'
import { renewedManually } from './rotation-state.ts'
import { saveSecret } from './save-secret.ts'

/**
 * Moves, attaches or removes one label.
 * @throws ServiceError InvalidParameterException, ResourceNotFoundException (a version), LimitExceededException.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
 */
export async function updateSecretVersionStage(
  { call, secrets }: SecretsManagerContext,
  request: Validated<UpdateSecretVersionStageRequest>,
): Promise<UpdateSecretVersionStageResponse> {
  const { SecretId, VersionStage: label, MoveToVersionId: to, RemoveFromVersionId: from } = request
  const found = await secrets.get(SecretId)
  return call.transaction(async (tx) => {
    const secret = await rereadSecret(tx, found)
    checkChangeable(secret)
    checkNotManaged(secret)
    for (const id of [from, to]) {
      const version = id === undefined ? undefined : await getVersion(tx, secret, id)
      // What has no value cannot become the current one.
      const usable = version && (id !== to || label !== current || version.value)
      if (id !== undefined && !usable) throw versionNotFound(id)
    }
    const nowMs = call.clock.nowMs()
    const moved = { ...secret, stages: moveLabel(secret.stages, label, { to, from }) }
    const renewed = moved.stages[current] === secret.stages[current] ? moved : await renewedManually(tx, moved, nowMs)
    const saved = await saveSecret(tx, secret, renewed, nowMs)
    return { ARN: saved.arn, Name: saved.name }
  })
}
