import type { Clock } from '../../../core/clock.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import { serviceEvent } from '../../../core/services/service-event.ts'
import type { Transaction } from '../../../core/store.ts'
import type { StoredParameter } from '../domain/parameter.ts'
import { nextDueAtMs, type StoredPolicy } from '../domain/parameter-policies.ts'
import { scopeOf } from '../storage/collections.ts'
import { findParameter, putLatestFacts, removeParameter } from '../storage/parameter-store.ts'
import { publishChange, publishPolicyAction } from './change-events.ts'
import { parameterResource } from './permissions.ts'

/** The kind of due work in which parameter policies act; its key is the parameter's ARN. */
export const parameterPolicyWork = 'ssm.parameter-policy'

/** Arranges for the next policy of a parameter to act, in place of what was arranged before. */
export async function schedulePolicies(
  tx: Transaction,
  arn: string,
  parameter: StoredParameter,
  before: StoredParameter | undefined,
): Promise<void> {
  const dueAtMs = nextDueAtMs(parameter.policies)
  if (dueAtMs !== undefined) {
    const { qualified } = parameter
    await tx.schedule({
      kind: parameterPolicyWork,
      key: arn,
      dueAtMs,
      scope: scopeOf(parameter),
      payload: { qualified },
    })
  } else if (before && before.policies.length > 0) await tx.unschedule(parameterPolicyWork, arn)
}

/** Lets the policies of a parameter act whose time has come: notifies, or deletes the parameter. */
export const parameterPolicyRunner =
  ({ clock }: { clock: Clock }): WorkRunner =>
  async ({ scope, key: arn, payload }) =>
  async (tx) => {
    const { qualified } = payload as { qualified: string }
    const parameter = await findParameter(tx, scope, qualified)
    if (!parameter) return
    const nowMs = clock.nowMs()
    const isDue = ({ status, dueAtMs }: StoredPolicy) => status === 'Pending' && dueAtMs <= nowMs
    const due = parameter.policies.filter(isDue).sort((a, b) => a.dueAtMs - b.dueAtMs)
    for (const policy of due) await publishPolicyAction(tx, arn, parameter, policy, nowMs)
    if (due.some(({ type }) => type === 'Expiration')) {
      await removeParameter(tx, parameter)
      await publishChange(tx, arn, parameter, 'Delete', nowMs)
      tx.record(expiryRecord(parameter, arn, nowMs))
      return
    }
    const policies = parameter.policies.map(
      (policy): StoredPolicy => (isDue(policy) ? { ...policy, status: 'Finished' } : policy),
    )
    await putLatestFacts(tx, { ...parameter, policies })
    await schedulePolicies(tx, arn, { ...parameter, policies }, undefined)
  }

const expiryRecord = (parameter: StoredParameter, arn: string, timeMs: number) =>
  serviceEvent({
    eventSource: 'ssm.amazonaws.com',
    eventName: 'DeleteParameter',
    timeMs,
    scope: scopeOf(parameter),
    resources: [parameterResource(parameter.accountId, arn)],
    serviceEventDetails: { name: parameter.name, reason: 'Expiration' },
  })
