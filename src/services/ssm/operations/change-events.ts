import { publishEvent } from '../../../core/aws-event.ts'
import type { Transaction } from '../../../core/store.ts'
import type { StoredParameter } from '../domain/parameter.ts'
import type { StoredPolicy } from '../domain/parameter-policies.ts'
import { scopeOf } from '../storage/collections.ts'

// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html

const source = 'aws.ssm'
const changeType = 'Parameter Store Change'
const policyActionType = 'Parameter Store Policy Action'

type ChangedParameter = Pick<StoredParameter, 'accountId' | 'region' | 'name' | 'type' | 'description'>

/** Tells EventBridge of a change; its value is never told. */
export function publishChange(
  tx: Transaction,
  arn: string,
  parameter: ChangedParameter,
  operation: 'Create' | 'Update' | 'Delete' | 'LabelParameterVersion',
  timeMs: number,
): Promise<void> {
  const { name, type, description } = parameter
  const detail = { operation, name, type, ...(description !== undefined && { description }) }
  return publishEvent(tx, {
    source,
    detailType: changeType,
    scope: scopeOf(parameter),
    timeMs,
    resources: [arn],
    detail,
  })
}

/** Tells EventBridge that a policy has acted. */
export function publishPolicyAction(
  tx: Transaction,
  arn: string,
  parameter: ChangedParameter,
  policy: StoredPolicy,
  timeMs: number,
): Promise<void> {
  const detail = {
    'parameter-name': parameter.name,
    'parameter-type': parameter.type,
    'policy-type': policy.type,
    'policy-content': policy.text,
    'action-status': 'SUCCESS',
  }
  return publishEvent(tx, {
    source,
    detailType: policyActionType,
    scope: scopeOf(parameter),
    timeMs,
    resources: [arn],
    detail,
  })
}
