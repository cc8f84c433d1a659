import type { BoundPolicy } from '../../../../kit/resource-policies/bound-principals.ts'
import { policyLocksOut } from '../../domain/errors.ts'
import type { KmsKey } from '../../domain/key.ts'
import { defaultKeyPolicy, keyPolicies } from '../../domain/key-policy.ts'
import type { KmsContext } from '../../kms-context.ts'
import { lockoutCheckConditionKeys } from './condition-keys.ts'
import { keyPermission } from './permissions.ts'

/**
 * The policy that a request gives a new key: the default one when it says nothing.
 * @throws ServiceError - what `keyPolicies` refuse.
 */
export const requestedKeyPolicy = async (
  { call, identity }: KmsContext,
  document: string | undefined,
): Promise<BoundPolicy> =>
  document === undefined
    ? { document: defaultKeyPolicy(call.partition, call.accountId), boundPrincipals: {} }
    : keyPolicies.accept(identity, document)

/**
 * Makes the lockout safety check: a caller who sets a policy must be able to change it again.
 * @param key - with the new policy.
 * @throws ServiceError MalformedPolicyDocumentException.
 */
export async function checkLockout(context: KmsContext, key: KmsKey): Promise<void> {
  const { accountId, arn, policy } = key
  const permission = await keyPermission(
    context,
    { accountId, arn, key },
    { action: 'kms:PutKeyPolicy', context: lockoutCheckConditionKeys(false) },
  )
  if (!(await keyPolicies.leavesControl(context.call, permission, policy))) throw policyLocksOut()
}
