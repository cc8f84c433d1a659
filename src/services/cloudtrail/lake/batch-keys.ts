import { createSecretKey, type KeyObject } from 'node:crypto'
import { type ServiceCalls, servicePrincipal } from '../../../core/services/service-calls.ts'
import { cloudtrailPrincipal } from '../delivery/bucket-writer.ts'
import type { EventDataStore } from '../domain/lake/event-data-store.ts'

/** A key of one blob, and what is kept of it. */
export interface BatchKey {
  key: KeyObject
  /** base64 */
  encrypted: string
}

type KeyedStore = Pick<EventDataStore, 'arn' | 'accountId' | 'region' | 'kmsKeyArn'>

const callFor = (store: KeyedStore) => ({
  caller: servicePrincipal(cloudtrailPrincipal, store),
  region: store.region,
  service: 'kms' as const,
})

const contextOf = ({ arn }: KeyedStore) => ({ 'aws:cloudtrail:arn': arn })

/** Makes a key under the store's KMS key, as CloudTrail. @returns undefined where the store has none. @throws ServiceError of KMS. */
export async function newBatchKey(calls: ServiceCalls, store: KeyedStore): Promise<BatchKey | undefined> {
  if (store.kmsKeyArn === undefined) return undefined
  const input = { KeyId: store.kmsKeyArn, KeySpec: 'AES_256' as const, EncryptionContext: contextOf(store) }
  const made = await calls.invoke({ ...callFor(store), operation: 'GenerateDataKey', input })
  return {
    key: createSecretKey(Buffer.from(made.Plaintext)),
    encrypted: Buffer.from(made.CiphertextBlob).toString('base64'),
  }
}

/** Opens the key of a blob. @throws ServiceError of KMS: the key is disabled, or its policy has changed. */
export async function openBatchKey(
  calls: ServiceCalls,
  store: KeyedStore,
  encrypted: string | undefined,
): Promise<KeyObject | undefined> {
  if (encrypted === undefined) return undefined
  const input = { CiphertextBlob: Buffer.from(encrypted, 'base64'), EncryptionContext: contextOf(store) }
  const { Plaintext } = await calls.invoke({ ...callFor(store), operation: 'Decrypt', input })
  return createSecretKey(Buffer.from(Plaintext))
}
