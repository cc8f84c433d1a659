import type {
  GetKeyPolicyRequest,
  GetKeyPolicyResponse,
  ListKeyPoliciesRequest,
  ListKeyPoliciesResponse,
  PutKeyPolicyRequest,
} from '@aws-sdk/client-kms'
import type { Validated } from '../../../../core/operation.ts'
import { noSuchPolicy } from '../../domain/errors.ts'
import { defaultPolicyName } from '../../domain/key.ts'
import { keyPolicies } from '../../domain/key-policy.ts'
import { readArray, readPage } from '../../domain/pagination.ts'
import type { KmsContext } from '../../kms-context.ts'
import { putKey, rereadKey } from '../../storage/key-store.ts'
import { checkLockout } from './key-policy-checks.ts'

/**
 * @returns the policy as given, but for principals that have another name now or are gone.
 * @throws ServiceError NotFoundException - any name but `default`.
 */
export async function getKeyPolicy(
  { identity, keys }: KmsContext,
  { KeyId, PolicyName }: Validated<GetKeyPolicyRequest>,
): Promise<GetKeyPolicyResponse> {
  const { policy } = await keys.get(KeyId)
  checkPolicyName(PolicyName)
  return { Policy: await keyPolicies.shown(identity, policy), PolicyName: defaultPolicyName }
}

/** Replaces the policy. @throws ServiceError MalformedPolicyDocumentException, LimitExceededException, NotFoundException. */
export async function putKeyPolicy(
  context: KmsContext,
  { KeyId, PolicyName, Policy, BypassPolicyLockoutSafetyCheck }: Validated<PutKeyPolicyRequest>,
): Promise<undefined> {
  const key = await context.keys.get(KeyId)
  checkPolicyName(PolicyName)
  const policy = await keyPolicies.accept(context.identity, Policy)
  if (!BypassPolicyLockoutSafetyCheck) await checkLockout(context, { ...key, policy })
  return context.call.transaction(async (tx) => {
    await putKey(tx, { ...(await rereadKey(tx, key)), policy })
    return undefined
  })
}

/** A key has one policy; the list is there for its form. @throws ServiceError InvalidMarkerException. */
export async function listKeyPolicies(
  context: KmsContext,
  { KeyId, ...page }: Validated<ListKeyPoliciesRequest>,
): Promise<ListKeyPoliciesResponse> {
  const { arn } = await context.keys.get(KeyId)
  const source = {
    list: [arn],
    defaultLimit: 100,
    idOf: (name: string) => name,
    read: readArray([defaultPolicyName], (name) => name),
  }
  const { rows, rest } = await readPage(context, source, page)
  return { PolicyNames: rows, ...rest }
}

function checkPolicyName(name: string | undefined): void {
  if (name !== undefined && name !== defaultPolicyName) throw noSuchPolicy()
}
