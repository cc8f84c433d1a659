import type {
  GetContextKeysForCustomPolicyRequest,
  GetContextKeysForPolicyResponse,
  GetContextKeysForPrincipalPolicyRequest,
} from '@aws-sdk/client-iam'
import type { Validated } from '../../../core/operation.ts'
import { runInTurns, type Steps } from '../../../core/turns.ts'
import { contextKeysIn } from '../../../policy/context-keys.ts'
import { checkGivenPolicies } from '../domain/policy-documents.ts'
import type { IamContext } from '../iam-context.ts'
import { collectPolicies } from '../storage/policy-sets.ts'
import { findPolicySource, policiesOfSource } from '../storage/policy-sources.ts'

/** The condition keys that policies ask for, in conditions and variables. @throws ServiceError InvalidInput. */
export async function getContextKeysForCustomPolicy(
  { call }: IamContext,
  { PolicyInputList }: Validated<GetContextKeysForCustomPolicyRequest>,
): Promise<GetContextKeysForPolicyResponse> {
  await runInTurns(checkGivenPolicies('PolicyInputList', PolicyInputList), call)
  return { ContextKeyNames: await runInTurns(keysIn(PolicyInputList), call) }
}

/** Those of the policies of a user (its groups' too), group or role. @throws ServiceError NoSuchEntity, InvalidInput. */
export async function getContextKeysForPrincipalPolicy(
  { call }: IamContext,
  { PolicySourceArn, PolicyInputList = [] }: Validated<GetContextKeysForPrincipalPolicyRequest>,
): Promise<GetContextKeysForPolicyResponse> {
  const { accountId, store } = call
  const own = await collectPolicies(async () =>
    policiesOfSource(store, accountId, await findPolicySource(store, accountId, PolicySourceArn)),
  )
  await runInTurns(checkGivenPolicies('PolicyInputList', PolicyInputList), call)
  const documents = [...own.map(({ document }) => document), ...PolicyInputList]
  return { ContextKeyNames: await runInTurns(keysIn(documents), call) }
}

/** Keys that differ in case alone are one key. */
function* keysIn(documents: readonly string[]): Steps<string[]> {
  const keys = new Map<string, string>()
  for (const document of documents) {
    for (const name of contextKeysIn(document)) {
      if (!keys.has(name.toLowerCase())) keys.set(name.toLowerCase(), name)
    }
    yield
  }
  return [...keys.values()]
}
