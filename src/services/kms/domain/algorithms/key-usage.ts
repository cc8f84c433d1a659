import type { KeyLastUsageTrackingOperation } from '@aws-sdk/client-kms'
import { dayMs } from '../../../../core/durations.ts'
import type { KmsKey } from '../key.ts'

/** A successful cryptographic operation with a key. */
export interface KeyUse {
  operation: KeyLastUsageTrackingOperation
  atMs: number
  /** Of the record in the key's own account. */
  eventId: string
  requestId: string
}

/** What remembers when keys were last used. */
export interface KeyUsages {
  /** Costs a call nothing but a place in memory; what is noted is written in the background. */
  note(keyArn: string, use: KeyUse): void
  lastUse(key: KmsKey): Promise<KeyUse | undefined>
}

/** Operations that count as use of a key. */
const tracked: ReadonlySet<string> = new Set<KeyLastUsageTrackingOperation>([
  ...(['Decapsulate', 'Decrypt', 'DeriveSharedSecret', 'Encapsulate', 'Encrypt'] as const),
  ...(['GenerateDataKey', 'GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'] as const),
  ...(['GenerateDataKeyWithoutPlaintext', 'GenerateMac', 'ReEncrypt', 'Sign', 'Verify', 'VerifyMac'] as const),
])

export const isTracked = (operation: string): operation is KeyLastUsageTrackingOperation => tracked.has(operation)

/** Whole days since the last use of a key; since it was made, when it has not been used. */
export const daysWithoutUse = ({ createdAtMs }: KmsKey, lastUse: KeyUse | undefined, nowMs: number): number =>
  Math.max(0, Math.floor((nowMs - (lastUse?.atMs ?? createdAtMs)) / dayMs))
