import type { RotationType } from '@aws-sdk/client-kms'
import type { AuditRecord } from '../../../../core/audit.ts'
import { serviceEvent } from '../../../../core/services/service-event.ts'
import type { KmsKey } from '../../domain/key.ts'
import { keyResource } from '../../storage/call-keys.ts'
import { scopeOf } from '../../storage/collections.ts'

// The records of what KMS does to keys of its own accord, as the AWS KMS Developer Guide, "Understanding AWS KMS log
// entries", shows them.

const keyEvent = (eventName: string, key: KmsKey, timeMs: number, details: object): AuditRecord =>
  serviceEvent({
    eventSource: 'kms.amazonaws.com',
    eventName,
    timeMs,
    scope: scopeOf(key),
    resources: [keyResource(key)],
    serviceEventDetails: { keyId: key.keyId, ...details },
  })

/** KMS makes AWS managed keys of its own accord. */
export const createKeyEvent = (key: KmsKey, timeMs: number): AuditRecord => keyEvent('CreateKey', key, timeMs, {})

export const deleteKeyEvent = (key: KmsKey, timeMs: number): AuditRecord => keyEvent('DeleteKey', key, timeMs, {})

export const deleteExpiredKeyMaterialEvent = (key: KmsKey, keyMaterialId: string, timeMs: number): AuditRecord =>
  keyEvent('DeleteExpiredKeyMaterial', key, timeMs, { keyMaterialId })

/** @param before - the key as it was; `after` has the new material. */
export const rotateKeyEvent = (before: KmsKey, after: KmsKey, rotationType: RotationType, timeMs: number) =>
  keyEvent('RotateKey', after, timeMs, {
    rotationType,
    keyOrigin: after.origin,
    previousKeyMaterialId: before.currentMaterialId,
    currentKeyMaterialId: after.currentMaterialId,
  })

/** Shared properties of a primary key have been copied to its replicas; the record is the primary's alone. */
export const synchronizeEvent = (primary: KmsKey, timeMs: number): AuditRecord =>
  keyEvent('SynchronizeMultiRegionKey', primary, timeMs, {})
