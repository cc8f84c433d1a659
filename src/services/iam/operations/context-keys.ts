import type {
  GetContextKeysForCustomPolicyRequest,
  GetContextKeysForPolicyResponse,
  GetContextKeysForPrincipalPolicyRequest,
} from '@aws-sdk/client-iam'
import type { Validated } from '../../../core/operation.ts'
import { contextKeysIn } from '../../../policy/context-keys.ts'
import { checkGivenPolicy } from '../domain/policy-documents.ts'
import type { IamContext } from '../iam-context.ts'
import { collectPolicies } from '../storage/policy-sets.ts'
import { findPolicySource, policiesOfSource } from '../storage/policy-sources.ts'

/** The condition keys that policies ask for, in conditions and variables. @throws ServiceError InvalidInput. */
export async function getContextKeysForCustomPolicy(
  _: IamContext,
  { PolicyInputList }: Validated<GetContextKeysForCustomPolicyRequest>,
): Promise<GetContextKeysForPolicyResponse> {
  return { ContextKeyNames: keysIn(checked(PolicyInputList)) }
}

/** Those of the policies of a user (its groups' too), group or role. @throws ServiceError NoSuchEntity, InvalidInput. */
export async function getContextKeysForPrincipalPolicy(
  { call: { accountId, store } }: IamContext,
  { PolicySourceArn, PolicyInputList = [] }: Validated<GetContextKeysForPrincipalPolicyRequest>,
): Promise<GetContextKeysForPolicyResponse> {
  const own = await collectPolicies(async () =>
    policiesOfSource(store, accountId, await findPolicySource(store, accountId, PolicySourceArn)),
  )
  return { ContextKeyNames: keysIn([...own.map(({ document }) => document), ...checked(PolicyInputList)]) }
}

function checked(documents: readonly string[]): readonly string[] {
  for (const [index, document] of documents.entries()) {
    checkGivenPolicy(`PolicyInputList.${index + 1}`, document, 'identity')
  }
  return documents
}

/** Keys that differ in case alone are one key. */
function keysIn(documents: readonly string[]): string[] {
  const keys = new Map<string, string>()
  for (const name of documents.flatMap(contextKeysIn)) {
    if (!keys.has(name.toLowerCase())) keys.set(name.toLowerCase(), name)
  }
  return [...keys.values()]
}
