import type { DecryptRequest, DecryptResponse } from '@aws-sdk/client-kms'
import { type Awaitable, andThen } from '../../../../core/awaitable.ts'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { encodeEncryptionContext } from '../../domain/algorithms/encryption-context.ts'
import { dryRunSucceeded, recipientNotSupported } from '../../domain/errors.ts'
import { checkKeyState } from '../../domain/key-states.ts'
import type { KmsContext } from '../../kms-context.ts'
import { encryptionConditionKeys } from '../access/condition-keys.ts'
import { alone, keyPermission } from '../access/permissions.ts'
import { checkGrantTokens } from '../grants/grant-tokens.ts'
import { type CiphertextRequest, checkSource, decryptSource, findSource } from './ciphertext-source.ts'
import { noteMaterial, symmetricAlgorithm } from './encryption.ts'

type Request = Validated<DecryptRequest>

/** The key that the request names, else the one that the ciphertext names. */
export function decryptPermissions(context: KmsContext, request: Request): Awaitable<Permission[]> {
  return andThen(findSource(context, sourceOf(request)), ({ target, named, algorithm }) =>
    andThen(checkGrantTokens(context, request.GrantTokens), () => {
      const conditions = encryptionConditionKeys(request.EncryptionContext, algorithm)
      const options = { crossAccount: true, byCiphertext: !named, context: conditions }
      return andThen(keyPermission(context, target, options), alone)
    }),
  )
}

/**
 * @returns `KeyMaterialId` for symmetric keys only.
 * @throws ServiceError InvalidCiphertextException, IncorrectKeyException, DisabledException, KMSInvalidStateException,
 *   InvalidKeyUsageException, DryRunOperationException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
 */
export async function decrypt(context: KmsContext, request: Request): Promise<DecryptResponse> {
  const { keys } = context
  if (request.Recipient) throw recipientNotSupported()
  const encodedContext = encodeEncryptionContext(request.EncryptionContext)
  const source = await findSource(context, sourceOf(request))
  const key = keys.use(source.target)
  checkKeyState('Decrypt', key)
  checkSource(source, key, encodedContext, 'Decrypt')
  const decrypted = await decryptSource(context, source, key, encodedContext)
  if (request.DryRun || !decrypted) {
    decrypted?.plaintext.fill(0)
    throw dryRunSucceeded()
  }
  const { plaintext, keyMaterialId } = decrypted
  noteMaterial(context, keyMaterialId)
  return {
    KeyId: key.arn,
    Plaintext: plaintext,
    EncryptionAlgorithm: request.EncryptionAlgorithm ?? symmetricAlgorithm,
    KeyMaterialId: keyMaterialId,
  }
}

const sourceOf = (request: Request): CiphertextRequest => ({
  blob: request.CiphertextBlob,
  keyId: request.KeyId,
  keyMember: 'keyId',
  algorithm: request.EncryptionAlgorithm,
  dryRun: request.DryRun,
  dryRunModifiers: request.DryRunModifiers,
})
