import type { UpdateSecretRequest, UpdateSecretResponse } from '@aws-sdk/client-secrets-manager'
import type { Validated } from '../../../core/operation.ts'
import type { Transaction } from '../../../core/store.ts'
import { externalSecretsNotSupported, valueTokenNeeded } from '../domain/errors.ts'
import type { EncryptedValue, Secret } from '../domain/secret.ts'
import { checkChangeable, checkKeyServes, checkNotManaged } from '../domain/secret-state.ts'
import { valueIn } from '../domain/secret-value.ts'
import { current, pending, previous } from '../domain/staging-labels.ts'
import type { SecretsManagerContext } from '../secrets-manager-context.ts'
import { getVersion, putVersion, rereadSecret } from '../storage/secret-store.ts'
import { isRepetition, unlessRepeated } from './existing-version.ts'
import { withVersion } from './new-version.ts'
import { saveSecret } from './save-secret.ts'
import { checkKey, encryptFor, isDefaultKey, kmsFor, rewrap } from './value-keys.ts'

type Request = Validated<UpdateSecretRequest>

/**
 * Changes description, KMS key or value. A new key is shown to work first, and the versions that are in use come under it
 * as far as the caller may do that; others keep the key that they have.
 * @throws ServiceError as PutSecretValue and CreateSecret.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html
 */
export async function updateSecret(context: SecretsManagerContext, request: Request): Promise<UpdateSecretResponse> {
  const { call, secrets } = context
  const { SecretId, ClientRequestToken: token, Description, KmsKeyId, Type } = request
  const { SecretString, SecretBinary } = request
  if (token === undefined && (SecretString ?? SecretBinary) !== undefined) throw valueTokenNeeded()
  const found = await secrets.get(SecretId)
  checkChangeable(found)
  checkNotManaged(found)
  const value = valueIn(request)
  if (Type !== undefined) throw externalSecretsNotSupported('Type')
  const target = KmsKeyId === undefined ? found : withKey(found, KmsKeyId)
  if (value || KmsKeyId !== undefined) checkKeyServes(target, call.accountId)
  const versionId = value && token
  const isRepeated = async () => versionId !== undefined && (await isRepetition(context, found, versionId, value))
  if (await isRepeated()) return answerOf(found, versionId)
  if (!value && KmsKeyId === undefined && Description === undefined) return answerOf(found)

  const kms = kmsFor(call)
  if (KmsKeyId !== undefined && target.kmsKeyId !== undefined) await checkKey(kms, target)
  const rewrapped = target.kmsKeyId === found.kmsKeyId ? [] : await rewrappedVersions(context, found, target)
  const encrypted = value && (await encryptFor(kms, target, token ?? '', value))
  const change = () =>
    call.transaction(async (tx) => {
      const secret = await rereadSecret(tx, found)
      checkChangeable(secret)
      const nowMs = call.clock.nowMs()
      const keyed = KmsKeyId === undefined ? secret : withKey(secret, KmsKeyId)
      const changed = Description === undefined ? keyed : { ...keyed, description: Description }
      for (const { id, wrapped, from } of rewrapped) await putRewrapped(tx, changed, id, from, wrapped)
      const version = encrypted &&
        versionId && { versionId, value: encrypted, kmsKeyId: target.kmsKeyId, labels: [current] }
      const after = version ? await withVersion(tx, changed, version, nowMs) : changed
      return answerOf(await saveSecret(tx, secret, after, nowMs), versionId)
    })
  return unlessRepeated(change, async () => {
    await isRepeated()
    return answerOf(found, versionId)
  })
}

/** An empty KmsKeyId means the default key. */
function withKey({ kmsKeyId: _, ...secret }: Secret, kmsKeyId: string): Secret {
  return isDefaultKey(kmsKeyId) ? secret : { ...secret, kmsKeyId }
}

interface Rewrapped {
  id: string
  from: EncryptedValue
  wrapped: EncryptedValue
}

/** The versions in use under the new key, as far as the caller may put them there. */
async function rewrappedVersions({ call }: SecretsManagerContext, found: Secret, target: Secret): Promise<Rewrapped[]> {
  const inUse = new Set([current, pending, previous].flatMap((label) => found.stages[label] ?? []))
  const rewrapped: Rewrapped[] = []
  for (const id of inUse) {
    const version = await getVersion(call.store, found, id)
    const wrapped = version?.value && (await rewrap(kmsFor(call), target, version, version.value))
    if (version?.value && wrapped) rewrapped.push({ id, from: version.value, wrapped })
  }
  return rewrapped
}

/** Unless the version has been written anew meanwhile. */
async function putRewrapped(
  tx: Transaction,
  secret: Secret,
  id: string,
  from: EncryptedValue,
  wrapped: EncryptedValue,
) {
  const version = await getVersion(tx, secret, id)
  if (version?.value?.wrappedKey !== from.wrappedKey) return
  const { kmsKeyId: _, ...kept } = version
  await putVersion(tx, secret, { ...kept, ...(secret.kmsKeyId && { kmsKeyId: secret.kmsKeyId }), value: wrapped })
}

const answerOf = ({ arn, name }: Secret, versionId?: string): UpdateSecretResponse => ({
  ARN: arn,
  Name: name,
  ...(versionId !== undefined && { VersionId: versionId }),
})
