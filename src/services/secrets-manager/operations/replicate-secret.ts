import type {
  RemoveRegionsFromReplicationRequest,
  RemoveRegionsFromReplicationResponse,
  ReplicateSecretToRegionsRequest,
  ReplicateSecretToRegionsResponse,
  StopReplicationToReplicaRequest,
  StopReplicationToReplicaResponse,
} from '@aws-sdk/client-secrets-manager'
import type { Call } from '../../../core/call.ts'
import type { Validated } from '../../../core/operation.ts'
import type { Transaction } from '../../../core/store.ts'
import { notAReplica } from '../domain/errors.ts'
import { checkReplicaRegions, type GivenReplicaRegion, withoutReplicas, withReplicas } from '../domain/replication.ts'
import { isReplica, type Secret } from '../domain/secret.ts'
import { arnInRegion } from '../domain/secret-identifier.ts'
import { checkChangeable, checkNotDeleted } from '../domain/secret-state.ts'
import type { SecretsManagerContext } from '../secrets-manager-context.ts'
import { scopeOf, secrets as secretCollection } from '../storage/collections.ts'
import { putSecret, rereadSecret } from '../storage/secret-store.ts'
import { purge } from './delete-secret.ts'
import { replicaStatuses } from './describe-secret.ts'
import { replicateWork, replicationKey, saveSecret } from './save-secret.ts'
import { isDefaultKey } from './value-keys.ts'

/**
 * Asks for replicas; the copying goes on by itself. A region that has one is copied anew, under the key that is named now.
 * @throws ServiceError InvalidParameterException - a region; a replica; InvalidRequestException - marked for deletion.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ReplicateSecretToRegions.html
 */
export async function replicateSecretToRegions(
  { call, secrets, accesses }: SecretsManagerContext,
  request: Validated<ReplicateSecretToRegionsRequest>,
): Promise<ReplicateSecretToRegionsResponse> {
  const { SecretId, AddReplicaRegions, ForceOverwriteReplicaSecret } = request
  const found = await secrets.get(SecretId)
  checkChangeable(found)
  checkReplicaRegions(AddReplicaRegions, found.region)
  await accesses.flush()
  return call.transaction(async (tx) => {
    const secret = await rereadSecret(tx, found)
    checkChangeable(secret)
    const replicated = replicatedBy(call, secret, AddReplicaRegions, ForceOverwriteReplicaSecret)
    return answerOf(tx, await saveSecret(tx, secret, replicated, call.clock.nowMs()))
  })
}

/** A secret with the replicas that a request asks for, each by the authority of its caller. */
export const replicatedBy = (
  { caller }: Call,
  secret: Secret,
  regions: readonly GivenReplicaRegion[],
  force = false,
): Secret => {
  const given = regions.map((region) => ({ ...region, isDefaultKey: isDefaultKey(region.KmsKeyId ?? '') }))
  return withReplicas(secret, given, { overwrite: force, authority: caller })
}

/**
 * Deletes replicas at once; regions that have none are passed over.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RemoveRegionsFromReplication.html
 */
export async function removeRegionsFromReplication(
  { call, secrets, accesses }: SecretsManagerContext,
  { SecretId, RemoveReplicaRegions }: Validated<RemoveRegionsFromReplicationRequest>,
): Promise<RemoveRegionsFromReplicationResponse> {
  const found = await secrets.get(SecretId)
  await accesses.flush()
  return call.transaction(async (tx) => {
    const secret = await rereadSecret(tx, found)
    checkChangeable(secret)
    const nowMs = call.clock.nowMs()
    for (const { region } of secret.replicas.filter((replica) => RemoveReplicaRegions.includes(replica.region))) {
      const replica = await tx.in(secretCollection).get({ ...scopeOf(secret), region }, secret.name)
      if (replica?.arn === arnInRegion(secret.arn, region)) await purge(tx, replica, nowMs)
      await tx.unschedule(replicateWork, replicationKey(secret, region))
    }
    return answerOf(tx, await saveSecret(tx, secret, withoutReplicas(secret, RemoveReplicaRegions), nowMs))
  })
}

/**
 * Makes a replica a secret of its own; called in the replica's region.
 * @throws ServiceError InvalidParameterException - not a replica.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_StopReplicationToReplica.html
 */
export async function stopReplicationToReplica(
  { call, secrets }: SecretsManagerContext,
  { SecretId }: Validated<StopReplicationToReplicaRequest>,
): Promise<StopReplicationToReplicaResponse> {
  const found = await secrets.get(SecretId)
  return call.transaction(async (tx) => {
    const replica = await rereadSecret(tx, found)
    checkNotDeleted(replica)
    if (!isReplica(replica)) throw notAReplica()
    const { primaryRegion = '', ...independent } = replica
    const place = { ...scopeOf(replica), region: primaryRegion }
    const primary = await tx.in(secretCollection).get(place, replica.name)
    if (primary && arnInRegion(primary.arn, replica.region) === replica.arn) {
      await tx.unschedule(replicateWork, replicationKey(primary, replica.region))
      await putSecret(tx, withoutReplicas(primary, [replica.region]))
    }
    const { arn } = await saveSecret(tx, replica, independent, call.clock.nowMs())
    return { ARN: arn }
  })
}

const answerOf = async (tx: Transaction, secret: Secret) => ({
  ARN: secret.arn,
  ReplicationStatus: await replicaStatuses(tx, secret),
})
