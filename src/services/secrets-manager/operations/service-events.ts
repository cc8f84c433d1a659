import { randomUUID } from 'node:crypto'
import type { AuditRecord } from '../../../core/audit.ts'
import { publishEvent } from '../../../core/aws-event.ts'
import { serviceEvent } from '../../../core/services/service-event.ts'
import type { Transaction } from '../../../core/store.ts'
import type { Secret } from '../domain/secret.ts'
import { secretResource } from '../storage/call-secrets.ts'
import { scopeOf } from '../storage/collections.ts'

const principal = 'secretsmanager.amazonaws.com'

/** Makes the record of what Secrets Manager does of its own accord. @param more - the id of the request, and what went wrong. */
export function secretEvent(
  secret: Secret,
  eventName: string,
  timeMs: number,
  more: { requestId?: string; errorMessage?: string; versionId?: string } = {},
): AuditRecord {
  const { requestId, errorMessage, versionId } = more
  return serviceEvent({
    eventSource: principal,
    eventName,
    timeMs,
    scope: scopeOf(secret),
    resources: [secretResource(secret.accountId, secret.arn)],
    additionalEventData: { SecretId: secret.arn, ...(versionId && { SecretVersionId: versionId }) },
    invokedBy: principal,
    requestId,
    error: errorMessage ? { message: errorMessage } : undefined,
  })
}

/** A version is gone for good. */
export const versionDeleted = (secret: Secret, versionId: string, timeMs: number): AuditRecord[] => {
  const requestId = `Delete-${secret.arn}-${randomUUID()}`
  return ['StartSecretVersionDelete', 'EndSecretVersionDelete'].map((name) =>
    secretEvent(secret, name, timeMs, { requestId, versionId }),
  )
}

/** Records what became of a rotation, and publishes it. */
export async function publishRotation(
  tx: Transaction,
  secret: Secret,
  eventName: RotationEvent,
  timeMs: number,
  errorMessage?: string,
): Promise<void> {
  const record = secretEvent(secret, eventName, timeMs, {
    requestId: `Rotation-${secret.arn}-${randomUUID()}`,
    errorMessage,
  })
  tx.record(record)
  await publishEvent(tx, {
    source: 'aws.secretsmanager',
    detailType: 'AWS Service Event via CloudTrail',
    scope: scopeOf(secret),
    timeMs,
    resources: [secret.arn],
    detail: { ...record },
  })
}

type RotationEvent =
  | 'RotationStarted'
  | 'RotationSucceeded'
  | 'RotationFailed'
  | 'RotationAbandoned'
  | 'TestRotationStarted'
  | 'TestRotationSucceeded'
  | 'TestRotationFailed'

/** The deletion of each version is taken back. */
export function versionsRestored(
  secret: Secret,
  versions: readonly { versionId: string }[],
  timeMs: number,
): AuditRecord[] {
  const requestId = `Restore-${secret.arn}-${randomUUID()}`
  return versions.map(({ versionId }) =>
    secretEvent(secret, 'CancelSecretVersionDelete', timeMs, { requestId, versionId }),
  )
}
