import type { ReEncryptRequest, ReEncryptResponse } from '@aws-sdk/client-kms'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { encodeEncryptionContext } from '../../domain/algorithms/encryption-context.ts'
import { dryRunSucceeded } from '../../domain/errors.ts'
import type { KmsKey } from '../../domain/key.ts'
import { checkKeyState } from '../../domain/key-states.ts'
import type { KmsContext } from '../../kms-context.ts'
import { encryptionConditionKeys } from '../access/condition-keys.ts'
import { keyPermission } from '../access/permissions.ts'
import { checkGrantTokens } from '../grants/grant-tokens.ts'
import { type CiphertextRequest, checkSource, decryptSource, findSource } from './ciphertext-source.ts'
import { checkEncryptionKey, encryptUnder, symmetricAlgorithm } from './encryption.ts'
import type { Encrypted } from './symmetric-cryptography.ts'

type Request = Validated<ReEncryptRequest>

/** `kms:ReEncryptFrom` on the key of the ciphertext, `kms:ReEncryptTo` on the other; both may be the same key. */
export async function reEncryptPermissions(context: KmsContext, request: Request): Promise<Permission[]> {
  const source = await findSource(context, sourceOf(request))
  const destination = await context.keys.find(request.DestinationKeyId, true)
  await checkGrantTokens(context, request.GrantTokens)
  const sameKey = { 'kms:ReEncryptOnSameKey': String(source.target.arn === destination.arn) }
  const from = await keyPermission(context, source.target, {
    action: 'kms:ReEncryptFrom',
    crossAccount: true,
    byCiphertext: !source.named,
    context: { ...encryptionConditionKeys(request.SourceEncryptionContext, source.algorithm)(), ...sameKey },
  })
  const to = await keyPermission(context, destination, {
    action: 'kms:ReEncryptTo',
    crossAccount: true,
    context: {
      ...encryptionConditionKeys(request.DestinationEncryptionContext, request.DestinationEncryptionAlgorithm)(),
      ...sameKey,
    },
  })
  return [from, to]
}

/**
 * Decrypts under one key and encrypts under another; the plaintext goes nowhere.
 * @throws ServiceError - those of Decrypt for the source, those of Encrypt for the destination.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html
 */
export async function reEncrypt(context: KmsContext, request: Request): Promise<ReEncryptResponse> {
  const { keys } = context
  const { DestinationEncryptionAlgorithm = symmetricAlgorithm } = request
  const sourceContext = encodeEncryptionContext(request.SourceEncryptionContext)
  const destinationContext = encodeEncryptionContext(request.DestinationEncryptionContext)
  const source = await findSource(context, sourceOf(request))
  const sourceKey = keys.use(source.target)
  const destinationKey = await keys.get(request.DestinationKeyId, true)
  checkKeyState('ReEncrypt', sourceKey)
  checkKeyState('ReEncrypt', destinationKey)
  checkSource(source, sourceKey, sourceContext, 'ReEncrypt')
  checkEncryptionKey(destinationKey, DestinationEncryptionAlgorithm, destinationContext, 'ReEncrypt')
  const decrypted = await decryptSource(context, source, sourceKey, sourceContext)
  if (!decrypted) throw dryRunSucceeded()
  const { plaintext, keyMaterialId: SourceKeyMaterialId } = decrypted
  const encrypted = await encryptAndForget(
    context,
    destinationKey,
    DestinationEncryptionAlgorithm,
    plaintext,
    destinationContext,
  )
  if (request.DryRun) throw dryRunSucceeded()
  const { keyMaterialId: DestinationKeyMaterialId } = encrypted
  noteMaterials(context, {
    sourceKeyMaterialId: SourceKeyMaterialId,
    destinationKeyMaterialId: DestinationKeyMaterialId,
  })
  return {
    CiphertextBlob: encrypted.ciphertextBlob,
    SourceKeyId: sourceKey.arn,
    KeyId: destinationKey.arn,
    SourceEncryptionAlgorithm: request.SourceEncryptionAlgorithm ?? symmetricAlgorithm,
    DestinationEncryptionAlgorithm,
    SourceKeyMaterialId,
    DestinationKeyMaterialId,
  }
}

async function encryptAndForget(
  context: KmsContext,
  key: KmsKey,
  algorithm: string,
  plaintext: Buffer,
  encodedContext: Buffer,
): Promise<Encrypted> {
  try {
    return await encryptUnder(context, key, algorithm, plaintext, encodedContext)
  } finally {
    plaintext.fill(0)
  }
}

/** The record names the versions of key material that were used, where they have names. */
function noteMaterials({ call }: KmsContext, ids: Readonly<Record<string, string | undefined>>): void {
  const named = Object.entries(ids).filter(([, id]) => id !== undefined)
  if (named.length > 0) call.note({ additionalEventData: Object.fromEntries(named) })
}

const sourceOf = (request: Request): CiphertextRequest => ({
  blob: request.CiphertextBlob,
  keyId: request.SourceKeyId,
  keyMember: 'sourceKeyId',
  algorithm: request.SourceEncryptionAlgorithm,
  dryRun: request.DryRun,
  dryRunModifiers: request.DryRunModifiers,
})
