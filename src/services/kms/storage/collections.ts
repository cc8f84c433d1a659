import type { CollectionSpec, Scope, Store } from '../../../core/store.ts'
import type { KeyUse } from '../domain/algorithms/key-usage.ts'
import type { Alias, KmsKey } from '../domain/key.ts'
import type { CustomKeyStore, KeyStoreSecret } from '../domain/key-stores/custom-key-store.ts'
import type { KeyMaterial } from '../domain/material/key-material.ts'

/** What reads need: the store itself, or a transaction. */
export type Reader = Pick<Store, 'in'>

/** Under the key id. */
export const keys: CollectionSpec<KmsKey> = { name: 'kms.keys' }

/** Under the ids of key and material. Apart from the keys, so that lists and changes of keys open no secret. */
export const keyMaterials: CollectionSpec<KeyMaterial> = { name: 'kms.key-materials', sealed: ['secret'] }

export const keyMaterialId = (keyId: string, materialId: string): string => `${keyId}/${materialId}`

/** Under the alias name. */
export const aliases: CollectionSpec<Alias> = { name: 'kms.aliases' }

/** How many customer managed keys there are: one document an account and region. */
export const keyCounts: CollectionSpec<{ customerManaged: number }> = { name: 'kms.key-counts' }

export const keyCountId = 'keys'

/** Under the id of the store. */
export const customKeyStores: CollectionSpec<CustomKeyStore> = { name: 'kms.custom-key-stores' }

/** Under the id of the store. Apart from the stores, so that what reads a store's state opens no secret. */
export const keyStoreSecrets: CollectionSpec<KeyStoreSecret> = {
  name: 'kms.custom-key-store-secrets',
  sealed: ['secret', 'nextSecret'],
}

/** Which KMS key stands for a key of a store: under the ids of both, `cks-…/key`. */
export const keyStoreMembers: CollectionSpec<{ keyId: string }> = { name: 'kms.custom-key-store-members' }

/** Under the key id: when a key was last used. */
export const keyUsages: CollectionSpec<KeyUse> = { name: 'kms.key-usages' }

export const scopeOf = ({ accountId, region }: Scope): Scope => ({ accountId, region })
