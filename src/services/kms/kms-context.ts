import type { Call } from '../../core/call.ts'
import type { IdentityDirectory } from '../../core/identity.ts'
import type { OwnedKeys } from '../../core/owned-keys.ts'
import type { Sealer } from '../../core/sealer.ts'
import type { KeyUsages } from './domain/algorithms/key-usage.ts'
import type { KeyStoreProviders } from './domain/key-stores/key-store-provider.ts'
import type { ImportRule } from './domain/material/import-rules.ts'
import type { CallKeys } from './storage/call-keys.ts'

/** What KMS's handlers work with. */
export interface KmsContext {
  call: Call
  identity: IdentityDirectory
  keys: CallKeys
  usages: KeyUsages
  ownedKeys: OwnedKeys
  /** Seals what only this server is to read again: grant tokens, import tokens, markers. */
  sealer: Sealer
  /** The key stores behind custom key stores. */
  keyStores: KeyStoreProviders
  importRule: ImportRule
}
