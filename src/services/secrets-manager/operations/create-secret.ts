import { randomUUID } from 'node:crypto'
import type { CreateSecretRequest, CreateSecretResponse } from '@aws-sdk/client-secrets-manager'
import type { Validated } from '../../../core/operation.ts'
import {
  externalSecretsNotSupported,
  nameScheduledForDeletion,
  secretExists,
  valueTokenNeeded,
} from '../domain/errors.ts'
import { checkReplicaRegions } from '../domain/replication.ts'
import type { Secret } from '../domain/secret.ts'
import { owningOf } from '../domain/secret-state.ts'
import { valueIn } from '../domain/secret-value.ts'
import { secretTags } from '../domain/tags.ts'
import type { SecretsManagerContext } from '../secrets-manager-context.ts'
import type { Reader } from '../storage/collections.ts'
import { addSecret, findSecret } from '../storage/secret-store.ts'
import { replicaStatuses } from './describe-secret.ts'
import { isRepetition, unlessRepeated, VersionAppeared } from './existing-version.ts'
import { withVersion } from './new-version.ts'
import { replicatedBy } from './replicate-secret.ts'
import { saveSecret } from './save-secret.ts'
import { checkKey, encryptFor, isDefaultKey, kmsFor } from './value-keys.ts'

type Request = Validated<CreateSecretRequest>

/**
 * Makes a secret, with its first version when a value is given.
 * @throws ServiceError ResourceExistsException, InvalidRequestException (the name waits for deletion, no token),
 *   InvalidParameterException (two values, tags, an asymmetric key, a region), EncryptionFailure, DecryptionFailure,
 *   LimitExceededException.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
 */
export async function createSecret(context: SecretsManagerContext, request: Request): Promise<CreateSecretResponse> {
  const { call } = context
  const { Name, ClientRequestToken: token } = request
  if (token === undefined) throw valueTokenNeeded()
  if (request.Type !== undefined) throw externalSecretsNotSupported('Type')
  checkReplicaRegions(request.AddReplicaRegions ?? [], call.region)
  const value = valueIn(request)
  const existing = await findSecret(call.store, call, { by: 'name', name: Name })
  if (existing) return repeatedCreation(context, existing, request)
  const fresh = newSecret(context, request)
  const kms = kmsFor(call)
  if (fresh.kmsKeyId !== undefined) await checkKey(kms, fresh)
  const encrypted = value && (await encryptFor(kms, fresh, token, value))
  const create = () =>
    call.transaction(async (tx) => {
      if (await findSecret(tx, call, { by: 'name', name: Name })) throw new VersionAppeared()
      await addSecret(tx, fresh)
      const nowMs = call.clock.nowMs()
      const { AddReplicaRegions = [], ForceOverwriteReplicaSecret } = request
      const version = encrypted && { versionId: token, value: encrypted, kmsKeyId: fresh.kmsKeyId, labels: [] }
      const filled = version ? await withVersion(tx, fresh, version, nowMs) : fresh
      const secret = replicatedBy(call, filled, AddReplicaRegions, ForceOverwriteReplicaSecret)
      return answerOf(tx, await saveSecret(tx, undefined, secret, nowMs), version?.versionId)
    })
  return unlessRepeated(create, async () => {
    const appeared = await findSecret(call.store, call, { by: 'name', name: Name })
    if (!appeared) throw secretExists(Name)
    return repeatedCreation(context, appeared, request)
  })
}

/** The name is taken: by this same request before, or by another. */
async function repeatedCreation(
  context: SecretsManagerContext,
  existing: Secret,
  request: Request,
): Promise<CreateSecretResponse> {
  if (existing.deletion) throw nameScheduledForDeletion()
  const { Name, ClientRequestToken: token = '' } = request
  const value = valueIn(request)
  if (!value || !(await isRepetition(context, existing, token, value))) throw secretExists(Name)
  return answerOf(context.call.store, existing, token)
}

function newSecret({ call, secrets }: SecretsManagerContext, request: Request): Secret {
  const { Name, Description = '', KmsKeyId = '', Tags } = request
  const nowMs = call.clock.nowMs()
  const owner = owningOf(call.calledVia)
  return {
    accountId: call.accountId,
    region: call.region,
    name: Name,
    arn: secrets.newArn(Name),
    uid: randomUUID(),
    createdAtMs: nowMs,
    changedAtMs: nowMs,
    description: Description,
    ...(!isDefaultKey(KmsKeyId) && { kmsKeyId: KmsKeyId }),
    ...(owner !== undefined && Name.startsWith(`${owner}!`) && { owningService: owner }),
    ...(Tags && { tags: secretTags.merge([], Tags) }),
    stages: {},
    versionCount: 0,
    replicas: [],
  }
}

async function answerOf(reader: Reader, secret: Secret, versionId: string | undefined): Promise<CreateSecretResponse> {
  return {
    ARN: secret.arn,
    Name: secret.name,
    ...(versionId !== undefined && { VersionId: versionId }),
    ...(secret.replicas.length > 0 && { ReplicationStatus: await replicaStatuses(reader, secret) }),
  }
}
