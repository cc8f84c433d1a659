import type { Clock } from '../../../../core/clock.ts'
import { hourMs, secondMs } from '../../../../core/durations.ts'
import type { WorkRunner } from '../../../../core/scheduler.ts'
import type { ServiceMetrics } from '../../../../core/services/service-metrics.ts'
import type { Store } from '../../../../core/store.ts'
import { findKey } from '../../storage/key-store.ts'
import { keyIdOfWork, materialIdOfWork } from '../../storage/key-work.ts'

/**
 * Publishes how long imported key material has, every hour until it expires: every minute, as in AWS, would be half a million
 * values a year for a key.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/monitoring-cloudwatch.html
 */
export const reportExpirationRunner =
  ({ clock, store, metrics }: { clock: Clock; store: Pick<Store, 'in'>; metrics: ServiceMetrics }): WorkRunner =>
  async (work) => {
    const { scope, key: workKey } = work
    const key = await findKey(store, scope, keyIdOfWork(workKey))
    const material = key?.materials.find(({ materialId }) => materialId === materialIdOfWork(workKey))
    const nowMs = clock.nowMs()
    if (!key || material?.expiresAtMs === undefined || material.expiresAtMs <= nowMs) return async () => {}
    metrics.add(
      {
        ...{ scope, namespace: 'AWS/KMS', name: 'SecondsUntilKeyMaterialExpiration', unit: 'Seconds' },
        dimensions: { KeyId: key.keyId },
      },
      Math.floor((material.expiresAtMs - nowMs) / secondMs),
    )
    const dueAtMs = (Math.floor(nowMs / hourMs) + 1) * hourMs
    return (tx) => tx.schedule({ ...work, dueAtMs })
  }
