import type { Call } from '../../core/call.ts'
import type { IdentityDirectory } from '../../core/identity.ts'
import type { OwnedKeys } from '../../core/owned-keys.ts'
import type { Sealer } from '../../core/sealer.ts'
import type { FoundOnce } from '../../kit/found-once.ts'
import type { KeyUsages } from './domain/algorithms/key-usage.ts'
import type { Grant } from './domain/grants/grant.ts'
import type { KeyStoreProviders } from './domain/key-stores/key-store-provider.ts'
import type { ImportRule } from './domain/material/import-rules.ts'
import type { CallKeys, KeyTarget } from './storage/call-keys.ts'

/** A grant that is to be retired. It may be missing where the key is another account's or is missing itself. */
export interface RetiredGrant {
  target: KeyTarget
  grant: Grant | undefined
}

/** What KMS's handlers work with. */
export interface KmsContext {
  call: Call
  identity: IdentityDirectory
  keys: CallKeys
  /** The grant that a request to retire one is about, under `grant`. */
  retired: FoundOnce<RetiredGrant>
  usages: KeyUsages
  ownedKeys: OwnedKeys
  /** Seals what only this server is to read again: grant tokens, import tokens, markers. */
  sealer: Sealer
  /** The key stores behind custom key stores. */
  keyStores: KeyStoreProviders
  importRule: ImportRule
}
