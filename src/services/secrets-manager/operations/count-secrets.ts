import type { Clock } from '../../../core/clock.ts'
import { hourMs } from '../../../core/durations.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { ServiceMetrics } from '../../../core/services/service-metrics.ts'
import type { Store } from '../../../core/store.ts'
import { secretCountId, secretCounts } from '../storage/collections.ts'

/**
 * Publishes every hour how many secrets an account has in a Region, those that are to be deleted among them; as long as it has any.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/monitoring-cloudwatch.html
 */
export const countSecretsRunner =
  ({ clock, store, metrics }: { clock: Clock; store: Pick<Store, 'in'>; metrics: ServiceMetrics }): WorkRunner =>
  async (work) => {
    const { secrets = 0 } = (await store.in(secretCounts).get(work.scope, secretCountId)) ?? {}
    if (secrets === 0) return async () => {}
    metrics.add(
      { scope: work.scope, namespace: 'AWS/SecretsManager', name: 'ResourceCount', dimensions, unit: 'Count' },
      secrets,
    )
    const dueAtMs = (Math.floor(clock.nowMs() / hourMs) + 1) * hourMs
    return (tx) => tx.schedule({ ...work, dueAtMs })
  }

const dimensions = { Service: 'Secrets Manager', Type: 'Resource', Resource: 'SecretCount', Class: 'None' }
