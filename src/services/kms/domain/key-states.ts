import type { KeyState, OriginType } from '@aws-sdk/client-kms'
import type { ServiceError } from '../../../core/service-error.ts'
import {
  keyCreating,
  keyDisabled,
  keyNotPendingDeletion,
  keyPendingDeletion,
  keyPendingImport,
  keyPendingReplicaDeletion,
  keyUnavailable,
  keyUpdating,
  notPrimaryKey,
  originNotValid,
  symmetricKeysOnly,
} from './errors.ts'
import type { KmsKey } from './key.ts'
import { isReplica } from './multi-region.ts'

/** Which state can follow which. */
export const transitions: Readonly<Record<KeyState, readonly KeyState[]>> = {
  Creating: ['Enabled', 'PendingImport', 'PendingDeletion'],
  Enabled: ['Disabled', 'PendingDeletion', 'PendingReplicaDeletion', 'PendingImport', 'Unavailable', 'Updating'],
  Disabled: ['Enabled', 'PendingDeletion', 'PendingReplicaDeletion', 'PendingImport', 'Unavailable'],
  PendingImport: ['Enabled', 'PendingDeletion', 'PendingReplicaDeletion'],
  PendingDeletion: ['Disabled', 'PendingImport'],
  PendingReplicaDeletion: ['PendingDeletion', 'Disabled'],
  Unavailable: ['Enabled', 'Disabled', 'PendingDeletion'],
  Updating: ['Enabled', 'PendingImport'],
}

const ok = 'ok'

/** `ok`, or the number of the note in AWS's table that says how the operation fails. */
type Verdict = typeof ok | keyof typeof notes

type Row = readonly [
  enabled: Verdict,
  disabled: Verdict,
  /** PendingReplicaDeletion too. */
  pendingDeletion: Verdict,
  pendingImport: Verdict,
  unavailable: Verdict,
  creating: Verdict,
  updating: Verdict,
]

const columns: Readonly<Record<KeyState, number>> = {
  Enabled: 0,
  Disabled: 1,
  PendingDeletion: 2,
  PendingReplicaDeletion: 2,
  PendingImport: 3,
  Unavailable: 4,
  Creating: 5,
  Updating: 6,
}

const pendingDeletion = (arn: string, state: KeyState) =>
  state === 'PendingReplicaDeletion' ? keyPendingReplicaDeletion(arn) : keyPendingDeletion(arn)

const notes = {
  1: ({ arn }: KmsKey) => keyDisabled(arn),
  3: ({ arn, state }: KmsKey) => pendingDeletion(arn, state),
  4: ({ arn }: KmsKey) => keyNotPendingDeletion(arn),
  5: ({ arn }: KmsKey) => keyPendingImport(arn),
  6: ({ arn, origin }: KmsKey) => originNotValid(arn, origin),
  8: ({ arn, origin, state }: KmsKey) =>
    origin === 'EXTERNAL' ? pendingDeletion(arn, state) : originNotValid(arn, origin),
  11: ({ arn }: KmsKey) => keyUnavailable(arn),
  14: ({ arn }: KmsKey) => keyCreating(arn),
  15: ({ arn }: KmsKey) => keyUpdating(arn),
} satisfies Record<number, (key: KmsKey) => ServiceError>

const always: Row = [ok, ok, ok, ok, ok, ok, ok]
const untilPendingDeletion: Row = [ok, ok, 3, ok, ok, ok, ok]
const cryptographic: Row = [ok, 1, 3, 5, 11, 14, ok]
const dataKeyPair: Row = [ok, 1, 3, 5, 6, 14, ok]
const enabling: Row = [ok, ok, 3, 5, ok, 14, 15]

/**
 * The table of the AWS KMS Developer Guide, "Key states of AWS KMS keys": what each operation does to a key in each state.
 * Note 2 is 3 here (the guide leaves the choice of code open; callers get KMSInvalidStateException). Notes 7 and 9, which
 * refuse an origin, are 6 where they stand alone; beside another note they are in `validOrigins`, which is looked at after
 * the state. Cells that the guide leaves empty refuse.
 */
const rows = {
  CancelKeyDeletion: [4, 4, ok, 4, 4, 4, 4],
  CreateAlias: untilPendingDeletion,
  CreateGrant: [ok, 1, 3, 5, ok, 14, ok],
  Decapsulate: cryptographic,
  Decrypt: cryptographic,
  DeleteAlias: always,
  DeleteImportedKeyMaterial: [ok, ok, ok, ok, 6, 14, 15],
  DeriveSharedSecret: cryptographic,
  DescribeKey: always,
  DisableKey: enabling,
  DisableKeyRotation: [ok, 1, 3, 6, 6, 14, ok],
  EnableKey: enabling,
  EnableKeyRotation: [ok, 1, 3, 6, 6, 14, ok],
  Encapsulate: cryptographic,
  Encrypt: cryptographic,
  GenerateDataKey: cryptographic,
  GenerateDataKeyPair: dataKeyPair,
  GenerateDataKeyPairWithoutPlaintext: dataKeyPair,
  GenerateDataKeyWithoutPlaintext: cryptographic,
  GenerateMac: cryptographic,
  GetKeyLastUsage: always,
  GetKeyPolicy: always,
  GetKeyRotationStatus: [ok, ok, ok, 6, 6, ok, ok],
  GetParametersForImport: [ok, ok, 8, ok, 6, 14, 15],
  GetPublicKey: [ok, ok, 3, ok, 11, 14, ok],
  ImportKeyMaterial: [ok, ok, 8, ok, 6, 14, ok],
  ListAliases: always,
  ListGrants: always,
  ListKeyPolicies: always,
  ListKeyRotations: [ok, ok, ok, ok, 6, ok, ok],
  ListResourceTags: always,
  PutKeyPolicy: always,
  ReEncrypt: cryptographic,
  // No key of a custom key store is a multi-Region key, so that their kind refuses an unavailable one.
  ReplicateKey: [ok, 1, 3, 5, ok, 14, 15],
  RetireGrant: always,
  RevokeGrant: always,
  RotateKeyOnDemand: [ok, 1, 3, 5, 6, 14, ok],
  ScheduleKeyDeletion: [ok, ok, 3, ok, ok, ok, 15],
  Sign: cryptographic,
  TagResource: untilPendingDeletion,
  UntagResource: untilPendingDeletion,
  /** Of the new key; the old one may be in any state (note 10). */
  UpdateAlias: untilPendingDeletion,
  UpdateKeyDescription: untilPendingDeletion,
  UpdatePrimaryRegion: [ok, 1, 3, 5, ok, 14, ok],
  Verify: cryptographic,
  VerifyMac: cryptographic,
} satisfies Record<string, Row>

/** Operations on one key, by the name they have on the wire. */
export type KeyOperation = keyof typeof rows

const heldByKms: readonly OriginType[] = ['AWS_KMS', 'EXTERNAL']

/** For operations that some keys never take part in (notes 6, 7 and 9). */
const validOrigins: Partial<Record<KeyOperation, readonly OriginType[]>> = {
  DeleteImportedKeyMaterial: ['EXTERNAL'],
  DisableKeyRotation: ['AWS_KMS'],
  EnableKeyRotation: ['AWS_KMS'],
  GenerateDataKeyPair: heldByKms,
  GenerateDataKeyPairWithoutPlaintext: heldByKms,
  GetKeyRotationStatus: heldByKms,
  GetParametersForImport: ['EXTERNAL'],
  ImportKeyMaterial: ['EXTERNAL'],
  ListKeyRotations: heldByKms,
  RotateKeyOnDemand: heldByKms,
}

/** For operations that only symmetric encryption keys take part in. */
const symmetricOnly: ReadonlySet<KeyOperation> = new Set([
  ...(['EnableKeyRotation', 'DisableKeyRotation'] as const),
  ...(['RotateKeyOnDemand', 'ListKeyRotations'] as const),
])

/** For operations whose effect related multi-Region keys share: they are asked of the primary key. */
const notOnReplicas: ReadonlySet<KeyOperation> = new Set([
  ...(['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand'] as const),
  ...(['ReplicateKey', 'UpdatePrimaryRegion'] as const),
])

const multiRegionOnly: ReadonlySet<KeyOperation> = new Set(['ReplicateKey', 'UpdatePrimaryRegion'])

/** @throws ServiceError UnsupportedOperationException - keys of this kind never take part in the operation. */
function checkKind(operation: KeyOperation, key: KmsKey): void {
  const origins = validOrigins[operation]
  if (origins && !origins.includes(key.origin)) throw originNotValid(key.arn, key.origin)
  if (symmetricOnly.has(operation) && key.keySpec !== 'SYMMETRIC_DEFAULT') throw symmetricKeysOnly()
  if (multiRegionOnly.has(operation) && !key.regions) throw notPrimaryKey(key.arn)
  if (notOnReplicas.has(operation) && isReplica(key)) throw notPrimaryKey(key.arn)
}

/**
 * Checks the state, then the kind of the key: AWS calls a disabled RSA key disabled before it says that such keys are not
 * rotated.
 * @throws ServiceError - what the operation answers for a key of this kind in this state.
 */
export function checkKeyState(operation: KeyOperation, key: KmsKey): void {
  checkState(operation, key)
  checkKind(operation, key)
}

/** Checks the state as `checkKeyState` does, for a key that takes part in an operation on a related one. */
export function checkState(operation: KeyOperation, key: KmsKey): void {
  const row: Row = rows[operation]
  const verdict = row[columns[key.state]]
  if (verdict === undefined) throw new Error(`no rule for ${operation} in state ${key.state}`)
  if (verdict !== ok) throw notes[verdict](key)
}
