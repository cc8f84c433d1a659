import type { CustomKeyStoreType } from '@aws-sdk/client-kms'
import type { StoreCiphertext } from '../algorithms/store-ciphertext.ts'
import type { CustomKeyStore, KeyStoreSecret } from './custom-key-store.ts'

/** A key store with what KMS proves itself with. */
export interface OpenedKeyStore extends KeyStoreSecret {
  store: CustomKeyStore
}

/** The call of KMS that a request to a key store serves: for the logs there, and for rules of its own. */
export interface StoreCall {
  /** The operation of KMS: `Encrypt`. */
  operation: string
  requestId: string
  /** The caller's ARN; a service's principal when a service calls. */
  principalArn: string
  /** `secretsmanager`: the service by way of which the caller came. */
  viaService?: string
  /** ARN of the KMS key; absent while there is none. */
  keyArn?: string
}

/** What a look at a key store found out. */
export interface KeyStoreFacts {
  /** PEM, of CloudHSM clusters. */
  clusterCertificate?: string
}

/**
 * What KMS asks of the key stores of one type. Every method may fail with `KeyStoreFailure`; anything else that is thrown is
 * a fault of our own. Nothing here hangs: implementations bound their time.
 */
export interface KeyStoreProvider {
  /** Returns whether a store with these settings could be connected: for stores that are to be created or changed. */
  inspect(opened: OpenedKeyStore, storeCall: StoreCall): Promise<KeyStoreFacts>
  /**
   * Checks what can be checked before a connection is begun.
   * @returns the password to be given to kmsuser, where passwords are changed with every connection.
   */
  prepareConnection(store: CustomKeyStore): Promise<{ nextSecret?: string }>
  /** Connects; may be repeated after a crash. When it resolves, `nextSecret` (if any) is the one that holds. */
  connect(opened: OpenedKeyStore, storeCall: StoreCall): Promise<void>
  disconnect(store: CustomKeyStore): Promise<void>
  /**
   * Makes the key behind a KMS key, or finds the one that the caller names.
   * @param wanted.xksKeyId - of the external key.
   * @returns the name of the key in its store.
   */
  createKey(
    opened: OpenedKeyStore,
    wanted: { keyArn: string; xksKeyId?: string },
    storeCall: StoreCall,
  ): Promise<string>
  encrypt(
    opened: OpenedKeyStore,
    backingKeyId: string,
    plaintext: Uint8Array,
    associatedData: Uint8Array,
    storeCall: StoreCall,
  ): Promise<StoreCiphertext>
  /** @returns undefined when the store itself reports that it did not make the ciphertext. */
  decrypt(
    opened: OpenedKeyStore,
    backingKeyId: string,
    ciphertext: StoreCiphertext,
    associatedData: Uint8Array,
    storeCall: StoreCall,
  ): Promise<Buffer | undefined>
  /** Absent where stores give none. */
  randomBytes?(opened: OpenedKeyStore, count: number): Promise<Buffer>
  /** Deletes a key. Absent where KMS never deletes keys: external key stores. A key that is gone already is not a failure. */
  deleteKey?(opened: OpenedKeyStore, backingKeyId: string): Promise<void>
}

export type KeyStoreProviders = Readonly<Record<CustomKeyStoreType, KeyStoreProvider>>
