import { type BoundPolicy, bindPolicy } from '../../../policy/bound-principals.ts'
import type { PolicyDocument } from '../../../policy/language.ts'
import { PolicyError } from '../../../policy/policy-error.ts'
import { parsePolicy } from '../../../policy/validate.ts'
import { policyLocksOut, policyMalformed, policyPrincipalInvalid } from '../domain/errors.ts'
import type { KmsKey } from '../domain/key.ts'
import { checkConditions, checkKeyPolicySize, defaultKeyPolicy } from '../domain/key-policy.ts'
import type { KmsContext } from '../kms-context.ts'
import { lockoutCheckConditionKeys } from './condition-keys.ts'
import { keyPermission } from './permissions.ts'

/**
 * Accepts the text of a key policy.
 * @throws ServiceError LimitExceededException, MalformedPolicyDocumentException (grammar, principals that do not exist,
 *   conditions that allow too much).
 */
export async function checkKeyPolicy({ identity }: KmsContext, document: string): Promise<BoundPolicy> {
  checkKeyPolicySize(document)
  const policy = readKeyPolicy(document)
  checkConditions(policy)
  return bindPolicy(identity, document, policy, policyPrincipalInvalid)
}

function readKeyPolicy(document: string): PolicyDocument {
  try {
    return parsePolicy(document, 'key')
  } catch (error) {
    throw error instanceof PolicyError ? policyMalformed(error.message) : error
  }
}

/** The policy that a request gives a new key: the default one when it says nothing. @throws ServiceError as `checkKeyPolicy`. */
export const requestedKeyPolicy = async (context: KmsContext, document: string | undefined): Promise<BoundPolicy> =>
  document === undefined
    ? { document: defaultKeyPolicy(context.call.partition, context.call.accountId), boundPrincipals: {} }
    : checkKeyPolicy(context, document)

/**
 * Makes the lockout safety check: a caller who sets a policy must be able to change it again.
 * @param key - with the new policy.
 * @throws ServiceError MalformedPolicyDocumentException.
 */
export async function checkLockout(context: KmsContext, key: KmsKey): Promise<void> {
  const { accountId, arn } = key
  const permission = await keyPermission(
    context,
    { accountId, arn, key },
    { action: 'kms:PutKeyPolicy', context: lockoutCheckConditionKeys(false) },
  )
  if (!(await context.call.allows(permission))) throw policyLocksOut()
}
