import type { KeyManagerType, KeySpec, KeyState, KeyUsageType, OriginType } from '@aws-sdk/client-kms'

/** A KMS key as it is kept; its secret is in its key material. Times are epoch milliseconds. */
export interface KmsKey {
  accountId: string
  region: string
  keyId: string
  arn: string
  createdAtMs: number
  description: string
  keySpec: KeySpec
  keyUsage: KeyUsageType
  origin: OriginType
  keyManager: KeyManagerType
  multiRegion: boolean
  state: KeyState
  /** Set in PendingDeletion. */
  deletionAtMs?: number
  /** The material that encrypts. */
  currentMaterialId: string
  /** All material that decrypts, the current one last. */
  materialIds: readonly string[]
  policy: KeyPolicy
  /** In order of key. */
  tags: readonly KeyTag[]
  /** In order of name. Kept here as well as in the aliases, because every authorisation asks for them. */
  aliasNames: readonly string[]
}

export interface KeyTag {
  TagKey: string
  TagValue: string
}

export interface KeyPolicy {
  /** JSON text as given. */
  document: string
  /**
   * Users and roles among its principals, as written, with the unique ids they had then: whoever has the name later is
   * not meant.
   */
  boundPrincipals: Readonly<Record<string, string>>
}

/** Another name of a key, kept under that name. */
export interface Alias {
  /** With its prefix: `alias/app`. */
  aliasName: string
  targetKeyId: string
  createdAtMs: number
  updatedAtMs: number
}

export const defaultPolicyName = 'default'
