import type { Call } from '../../../../core/call.ts'
import { printedArn } from '../../../../core/principal.ts'
import { type CiphertextBlob, newHeader, openUnder, sealUnder } from '../../domain/algorithms/ciphertext-blob.ts'
import { decodeStoreCiphertext, encodeStoreCiphertext } from '../../domain/algorithms/store-ciphertext.ts'
import { keyUnavailable } from '../../domain/errors.ts'
import type { KeyStorePlace, KmsKey } from '../../domain/key.ts'
import { answering, KeyStoreFailure, useError } from '../../domain/key-stores/key-store-failures.ts'
import type { StoreCall } from '../../domain/key-stores/key-store-provider.ts'
import { materialIdOf } from '../../domain/material/key-material.ts'
import type { KmsContext } from '../../kms-context.ts'
import { getKeyStore, openKeyStore } from '../../storage/custom-key-store-store.ts'
import { findSecretKey } from '../../storage/key-store.ts'

// Cryptography of keys in custom key stores. A CloudHSM cluster encrypts the plaintext itself. An external key store is
// given what KMS has encrypted under material of its own, so that neither alone can read anything (double encryption).

/** @returns a blob of version 2. @throws ServiceError KMSInvalidStateException. */
export async function encryptInKeyStore(
  context: KmsContext,
  key: KmsKey,
  place: KeyStorePlace,
  plaintext: Uint8Array,
  encodedContext: Buffer,
): Promise<Buffer> {
  const { provider, opened, storeCall } = await useOf(context, key, place)
  const { accountId, keyId } = key
  const header = newHeader(2, { accountId, keyId, materialId: materialIdIn(key, place) })
  const inner = await innerKeyOf(context, key)
  const handedOver = inner ? sealUnder(header, inner, plaintext, encodedContext) : plaintext
  const associated = inner ? encodedContext : Buffer.concat([header, encodedContext])
  const made = provider.encrypt(opened, place.backingKeyId, handedOver, associated, storeCall)
  return Buffer.concat([header, encodeStoreCiphertext(await answering(made, useError))])
}

/** @returns undefined for a blob that the key did not make. @throws ServiceError KMSInvalidStateException. */
export async function decryptInKeyStore(
  context: KmsContext,
  key: KmsKey,
  place: KeyStorePlace,
  blob: CiphertextBlob,
  encodedContext: Buffer,
): Promise<Buffer | undefined> {
  const { provider, opened, storeCall } = await useOf(context, key, place)
  const sealed = blob.version === 2 ? decodeStoreCiphertext(blob.body) : undefined
  if (!sealed || blob.materialId !== materialIdIn(key, place)) return undefined
  const inner = await innerKeyOf(context, key)
  const associated = inner ? encodedContext : Buffer.concat([blob.header, encodedContext])
  const opening = provider.decrypt(opened, place.backingKeyId, sealed, associated, storeCall)
  const outer = await answering(opening, useError)
  if (!inner || !outer) return outer
  const plaintext = openUnder(blob.header, inner, outer, encodedContext)
  if (!plaintext) throw useError(new KeyStoreFailure('ciphertext-invalid'))
  return plaintext
}

/** Of KMS's own half; where the device has all of it, of the name that the key has there. */
const materialIdIn = ({ keyId, currentMaterialId }: KmsKey, { backingKeyId }: KeyStorePlace): string =>
  currentMaterialId ?? materialIdOf(keyId, Buffer.from(backingKeyId))

/** KMS's own half of a key in an external key store. */
async function innerKeyOf({ call }: KmsContext, key: KmsKey) {
  if (key.origin !== 'EXTERNAL_KEY_STORE') return undefined
  const { currentMaterialId } = key
  const secretKey = currentMaterialId && (await findSecretKey(call.store, key, currentMaterialId))
  if (!secretKey) throw new Error(`${key.arn} has lost its key material`)
  return secretKey
}

/** What a use of a key needs. The record names the store and the key in it, however the use ends. */
async function useOf({ call, keyStores }: KmsContext, key: KmsKey, place: KeyStorePlace) {
  call.note({ additionalEventData: keyStoreData(key, place) })
  const store = await getKeyStore(call.store, key, place.customKeyStoreId)
  // Disconnected since the key was looked at.
  if (store.connectionState !== 'CONNECTED') throw keyUnavailable(key.arn)
  const opened = await openKeyStore(call.store, store)
  return { provider: keyStores[store.type], opened, storeCall: storeCallOf(call, key.arn) }
}

/** Names a key of a custom key store as records do. */
export const keyStoreData = (
  { origin }: Pick<KmsKey, 'origin'>,
  { customKeyStoreId, backingKeyId }: KeyStorePlace,
) => ({
  customKeyStoreId,
  [origin === 'EXTERNAL_KEY_STORE' ? 'xksKeyId' : 'backingKeyId']: backingKeyId,
})

/** Returns what a key store gets to know of a call. */
export function storeCallOf(
  { operation, requestId, caller: { principal }, calledVia }: Call,
  keyArn?: string,
): StoreCall {
  return {
    operation,
    requestId,
    // As `aws:PrincipalArn` has it: a session acts as its role.
    principalArn: principal.kind === 'assumed-role' ? principal.roleArn : printedArn(principal),
    viaService: calledVia.at(-1)?.split('.', 1)[0],
    keyArn,
  }
}
