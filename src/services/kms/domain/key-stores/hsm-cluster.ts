import type { StoreCiphertext } from '../algorithms/store-ciphertext.ts'

/** Finds the clusters of hardware security modules that CloudHSM key stores stand on. */
export interface HsmClusters {
  /** @returns undefined when the account has no such cluster in the region. */
  find(scope: { accountId: string; region: string }, clusterId: string): Promise<HsmCluster | undefined>
}

export interface HsmCluster {
  readonly clusterId: string
  /** Initialised, activated and in service. */
  readonly isActive: boolean
  /** PEM: clusters that come from the same backup have the same. */
  readonly certificate: string
  readonly hsms: readonly Hsm[]
  /** Returns whether this PEM certificate (customerCA.crt) is the one that the cluster was initialised with. */
  hasTrustAnchor(certificate: string): Promise<boolean>
  /**
   * Logs a crypto user in.
   * @throws KeyStoreFailure invalid-password, user-locked-out, user-logged-in, user-not-found, subnet-not-found,
   *   no-free-addresses, hsm-unreachable.
   */
  login(user: string, password: string): Promise<HsmSession>
}

export interface Hsm {
  readonly hsmId: string
  readonly availabilityZone: string
  readonly isActive: boolean
}

/**
 * What a crypto user does in the device. Keys never leave it: there is no operation that would give one out.
 * Methods throw KeyStoreFailure hsm-key-missing and hsm-unreachable.
 */
export interface HsmSession {
  changePassword(password: string): Promise<void>
  /** Makes an AES-256 key that stays (persistent) and cannot be taken out (not extractable). @returns its id. */
  generateAesKey(label: string): Promise<string>
  /** AES-GCM with a vector that the device makes. */
  encrypt(keyId: string, plaintext: Uint8Array, associatedData: Uint8Array): Promise<StoreCiphertext>
  /** @returns undefined when the tag does not fit. */
  decrypt(keyId: string, sealed: StoreCiphertext, associatedData: Uint8Array): Promise<Buffer | undefined>
  deleteKey(keyId: string): Promise<void>
  randomBytes(count: number): Promise<Buffer>
  logout(): Promise<void>
}

/** The crypto user that KMS is in every cluster. */
export const kmsUser = 'kmsuser'
