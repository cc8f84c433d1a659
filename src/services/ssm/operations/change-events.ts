import { publishEvent } from '../../../core/aws-event.ts'
import type { Transaction } from '../../../core/store.ts'
import type { StoredParameter } from '../domain/parameter.ts'
import type { StoredPolicy } from '../domain/parameter-policies.ts'
import { scopeOf } from '../storage/collections.ts'

// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html

export const eventSource = 'aws.ssm'
export const changeType = 'Parameter Store Change'
const policyActionType = 'Parameter Store Policy Action'

type ChangedParameter = Pick<StoredParameter, 'accountId' | 'region' | 'name' | 'type' | 'description'>
type ChangeOperation = 'Create' | 'Update' | 'Delete' | 'LabelParameterVersion'

export const changeDetail = ({ name, type, description }: ChangedParameter, operation: ChangeOperation) => ({
  operation,
  name,
  type,
  ...(description !== undefined && { description }),
})

/** Publishes a change to EventBridge, without the value. */
export const publishChange = (
  tx: Transaction,
  arn: string,
  parameter: ChangedParameter,
  operation: ChangeOperation,
  timeMs: number,
): Promise<void> =>
  publishEvent(tx, {
    source: eventSource,
    detailType: changeType,
    scope: scopeOf(parameter),
    timeMs,
    resources: [arn],
    detail: changeDetail(parameter, operation),
  })

/** Publishes to EventBridge that a policy has acted. */
export const publishPolicyAction = (
  tx: Transaction,
  arn: string,
  parameter: ChangedParameter,
  policy: StoredPolicy,
  timeMs: number,
): Promise<void> =>
  publishEvent(tx, {
    source: eventSource,
    detailType: policyActionType,
    scope: scopeOf(parameter),
    timeMs,
    resources: [arn],
    detail: {
      'parameter-name': parameter.name,
      'parameter-type': parameter.type,
      'policy-type': policy.type,
      'policy-content': policy.text,
      'action-status': 'SUCCESS',
    },
  })
