import type {
  ImportState,
  KeyManagerType,
  KeyMaterialState,
  KeySpec,
  KeyState,
  KeyUsageType,
  OriginType,
  RotationType,
} from '@aws-sdk/client-kms'
import type { BoundPolicy } from '../../../kit/resource-policies/bound-principals.ts'

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
  /** Of multi-Region keys only; the same in all related keys. */
  regions?: KeyRegions
  state: KeyState
  /** Set in PendingDeletion. */
  deletionAtMs?: number
  /** Set in PendingReplicaDeletion: the window that begins when the last replica is gone. */
  pendingWindowDays?: number
  /** Set for keys in custom key stores. */
  keyStore?: KeyStorePlace
  /** The material that encrypts. Undefined as long as none has been imported, and where a cluster has it. */
  currentMaterialId?: string
  /** In the order in which they came. Related multi-Region keys have the same ones. */
  materials: readonly MaterialVersion[]
  /** Set while automatic rotation is on; the same in all related multi-Region keys. */
  rotation?: RotationSchedule
  /** How often the key has been rotated on demand in its life. */
  onDemandRotations: number
  /** Of a key pair that has its material: SubjectPublicKeyInfo DER, base64. Survives the deletion of imported material. */
  publicKey?: string
  policy: BoundPolicy
  /** In order of key. */
  tags: readonly KeyTag[]
  /** In order of name. Kept here as well as in the aliases, because every authorisation asks for them. */
  aliasNames: readonly string[]
  /** How many grants the key has; absent for none. Kept here so that the many keys without grants look for none. */
  grantCount?: number
}

/** Where the related keys of a multi-Region key are. */
export interface KeyRegions {
  primary: string
  /** In order of name. */
  replicas: readonly string[]
}

/** What is known of one version of a key's material; its secret is kept apart, under the same id. */
export interface MaterialVersion {
  materialId: string
  state: KeyMaterialState
  /** Of imported material only: whether its secret is here. */
  importState?: ImportState
  description?: string
  /** Of imported material that expires. */
  expiresAtMs?: number
  /** When it became the current one; absent for a key's first material. */
  rotatedAtMs?: number
  rotationType?: RotationType
}

export interface RotationSchedule {
  periodDays: number
  /** In the past while the key is disabled or pending deletion and has missed its date. */
  nextAtMs: number
}

/** Where a key's other half is. */
export interface KeyStorePlace {
  customKeyStoreId: string
  /** The key in the store: of a CloudHSM cluster, or the external key (XksKeyId). */
  backingKeyId: string
}

export interface KeyTag {
  TagKey: string
  TagValue: string
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
