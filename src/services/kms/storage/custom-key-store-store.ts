import { type Awaitable, andThen } from '../../../core/awaitable.ts'
import type { Scope, Transaction } from '../../../core/store.ts'
import type { KeyStorePlace, KmsKey } from '../domain/key.ts'
import { type CustomKeyStore, checkUnique, type KeyStoreSecret } from '../domain/key-stores/custom-key-store.ts'
import {
  customKeyStoreNotFound,
  externalKeyInUse,
  keyStoreHasKeys,
  keyStoreStateRefuses,
  tooManyKeyStores,
} from '../domain/key-stores/custom-key-store-errors.ts'
import type { OpenedKeyStore } from '../domain/key-stores/key-store-provider.ts'
import { quotas } from '../domain/quotas.ts'
import { customKeyStores, keyStoreMembers, keyStoreSecrets, type Reader, scopeOf } from './collections.ts'

/** @throws ServiceError CustomKeyStoreNotFoundException. */
export async function getKeyStore(reader: Reader, scope: Scope, id: string): Promise<CustomKeyStore> {
  const store = await reader.in(customKeyStores).get(scopeOf(scope), id)
  if (!store) throw customKeyStoreNotFound(id)
  return store
}

/** All stores of an account in a region: few, so that they are looked at together. */
export async function listKeyStores(reader: Reader, scope: Scope): Promise<CustomKeyStore[]> {
  const found = await reader.in(customKeyStores).list(scopeOf(scope), { limit: quotas.customKeyStores })
  return found.map(({ document }) => document)
}

/** A store with its secret. */
export async function openKeyStore(reader: Reader, store: CustomKeyStore): Promise<OpenedKeyStore> {
  const secret = await reader.in(keyStoreSecrets).get(scopeOf(store), store.customKeyStoreId)
  if (!secret) throw new Error(`${store.customKeyStoreId} has lost its secret`)
  return { store, ...secret }
}

/** @throws ServiceError LimitExceededException, and for what is in use already. */
export async function addKeyStore(tx: Transaction, store: CustomKeyStore, secret: KeyStoreSecret): Promise<void> {
  const others = await listKeyStores(tx, store)
  checkUnique(store, others)
  if (others.length >= quotas.customKeyStores) throw tooManyKeyStores()
  await putKeyStore(tx, store)
  await putSecret(tx, store, secret)
}

export const putKeyStore = (tx: Transaction, store: CustomKeyStore): Promise<void> =>
  tx.in(customKeyStores).put(scopeOf(store), store.customKeyStoreId, store)

export const putSecret = (tx: Transaction, store: CustomKeyStore, secret: KeyStoreSecret): Promise<void> =>
  tx.in(keyStoreSecrets).put(scopeOf(store), store.customKeyStoreId, secret)

/** @throws ServiceError CustomKeyStoreInvalidStateException, CustomKeyStoreHasCMKsException. */
export async function removeKeyStore(tx: Transaction, store: CustomKeyStore): Promise<void> {
  const scope = scopeOf(store)
  const { customKeyStoreId: id } = store
  if (store.connectionState !== 'DISCONNECTED') throw keyStoreStateRefuses('DeleteCustomKeyStore', store)
  const [member] = await tx.in(keyStoreMembers).list(scope, { afterId: memberId(id, ''), limit: 1 })
  if (member?.id.startsWith(memberId(id, ''))) throw keyStoreHasKeys(id)
  await tx.in(keyStoreSecrets).delete(scope, id)
  await tx.in(customKeyStores).delete(scope, id)
}

/**
 * Enters a new key into its store.
 * @throws ServiceError CustomKeyStoreNotFoundException, CustomKeyStoreInvalidStateException (not connected any longer),
 *   XksKeyAlreadyInUseException.
 */
export async function enterKey(tx: Transaction, key: KmsKey, { customKeyStoreId, backingKeyId }: KeyStorePlace) {
  const store = await getKeyStore(tx, key, customKeyStoreId)
  if (store.connectionState !== 'CONNECTED') throw keyStoreStateRefuses('CreateKey', store)
  const id = memberId(customKeyStoreId, backingKeyId)
  if (await tx.in(keyStoreMembers).get(scopeOf(key), id)) throw externalKeyInUse(backingKeyId)
  await tx.in(keyStoreMembers).put(scopeOf(key), id, { keyId: key.keyId })
}

/** Returns whether a KMS key stands for this key of a store already. */
export async function isEntered(reader: Reader, scope: Scope, place: KeyStorePlace): Promise<boolean> {
  const id = memberId(place.customKeyStoreId, place.backingKeyId)
  return (await reader.in(keyStoreMembers).get(scopeOf(scope), id)) !== undefined
}

/** Takes a deleted key out of its store. */
export async function leaveKeyStore(tx: Transaction, { accountId, region, keyStore }: KmsKey): Promise<void> {
  if (!keyStore) return
  const id = memberId(keyStore.customKeyStoreId, keyStore.backingKeyId)
  await tx.in(keyStoreMembers).delete({ accountId, region }, id)
}

/**
 * A key as callers see it: a key that could be used is unavailable while its custom key store is not connected. What is
 * stored stays as it is, so that a store with many keys is connected and disconnected in one step.
 */
export function visibleKey<K extends KmsKey | undefined>(reader: Reader, key: K): Awaitable<K> {
  if (!key?.keyStore || (key.state !== 'Enabled' && key.state !== 'Disabled')) return key
  const store = reader.in(customKeyStores).get(scopeOf(key), key.keyStore.customKeyStoreId)
  return andThen(store, (store) => (store?.connectionState === 'CONNECTED' ? key : { ...key, state: 'Unavailable' }))
}

const memberId = (customKeyStoreId: string, backingKeyId: string): string => `${customKeyStoreId}/${backingKeyId}`
