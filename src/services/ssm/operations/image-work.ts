import { publishEvent } from '../../../core/aws-event.ts'
import type { Clock } from '../../../core/clock.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { Store, Transaction } from '../../../core/store.ts'
import { imageValidationRunning } from '../domain/errors.ts'
import type { StoredParameter } from '../domain/parameter.ts'
import { imageDataType } from '../domain/value-rules.ts'
import { pendingImages, scopeOf } from '../storage/collections.ts'
import { findParameter } from '../storage/parameter-store.ts'
import type { PublicParameters } from '../storage/public-parameters.ts'
import { changeDetail, changeType, eventSource } from './change-events.ts'
import { type NewVersion, storeVersion } from './store-version.ts'

/** The kind of due work that looks for the image a value names; its key is the parameter's ARN. */
export const validateImageWork = 'ssm.validate-image'

/** @throws ServiceError ValidationException - a version of the parameter still waits for its image. */
export async function refuseWhileWaiting(tx: Transaction, parameter: StoredParameter): Promise<void> {
  const waiting = await tx.in(pendingImages).get(scopeOf(parameter), parameter.qualified)
  if (waiting) throw imageValidationRunning(parameter.name)
}

/** Keeps a version apart until its image is found: it is answered as written, and read only then. */
export async function awaitImage(tx: Transaction, { arn, parameter, value }: NewVersion): Promise<void> {
  const { qualified, modifiedAtMs } = parameter
  const scope = scopeOf(parameter)
  await tx.in(pendingImages).put(scope, qualified, { parameter, value })
  await tx.schedule({ kind: validateImageWork, key: arn, dueAtMs: modifiedAtMs, scope, payload: { qualified } })
}

export interface ImageDependencies {
  clock: Clock
  store: Pick<Store, 'in'>
  publicParameters: PublicParameters
}

/**
 * Makes a version current if the image that it names is known, and publishes an event if not. Known images are those that
 * public parameters name.
 */
export const validateImageRunner =
  ({ clock, store, publicParameters }: ImageDependencies): WorkRunner =>
  async ({ scope, key: arn, payload }) => {
    const { qualified } = payload as { qualified: string }
    const waiting = await store.in(pendingImages).get(scope, qualified)
    const isKnown = waiting && (await publicParameters.hasImage(store, scope.region, waiting.value))
    return async (tx) => {
      const pending = await tx.in(pendingImages).get(scope, qualified)
      if (!pending) return
      await tx.in(pendingImages).delete(scope, qualified)
      const { parameter, value } = pending
      const before = await findParameter(tx, scope, qualified)
      // What was overwritten or deleted meanwhile has another version to go on from; AWS says nothing of it.
      if ((before?.version ?? 0) + 1 !== parameter.version) return
      if (isKnown) await storeVersion(tx, { arn, parameter, value, before })
      else {
        await publishEvent(tx, {
          source: eventSource,
          detailType: changeType,
          scope,
          timeMs: clock.nowMs(),
          resources: [arn],
          detail: {
            exception: 'Unable to Describe Resource',
            dataType: imageDataType,
            ...changeDetail(parameter, before ? 'Update' : 'Create'),
          },
        })
      }
    }
  }
