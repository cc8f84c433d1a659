import type { Validated } from '../../../core/operation.ts'
import type { Entity, InlinePolicy } from '../domain/entities.ts'
import { inlinePoliciesTooLarge, inlinePolicyNotFound } from '../domain/errors.ts'
import { checkName } from '../domain/names.ts'
import { arraySource, type PageRequest, readRows } from '../domain/pagination.ts'
import { checkInlinePolicy } from '../domain/policy-documents.ts'
import { percentEncode, policySize } from '../domain/policy-text.ts'
import { quotas } from '../domain/quotas.ts'
import type { IamContext } from '../iam-context.ts'
import { getEntity, type IdentityKind, updateEntity } from '../storage/entity-store.ts'
import { type NamedInput, nameIn } from './permissions.ts'

type PolicyInput = NamedInput & { PolicyName: string }

const aggregateSizes = {
  user: quotas.userPolicySize,
  group: quotas.groupPolicySize,
  role: quotas.rolePolicySize,
} as const

/**
 * PutUserPolicy, PutGroupPolicy, PutRolePolicy: adds an inline policy or replaces the one of the same name.
 * @throws ServiceError NoSuchEntity, MalformedPolicyDocument, LimitExceeded (size of all together).
 */
export const putInlinePolicy =
  <T extends Entity>(kind: IdentityKind<T>) =>
  async ({ call }: IamContext, input: Validated<PolicyInput & { PolicyDocument: string }>): Promise<undefined> => {
    const { accountId } = call
    const policy: InlinePolicy = { name: checkName('policyName', input.PolicyName), document: input.PolicyDocument }
    return call.transaction(async (tx) => {
      const entity = await getEntity(tx, kind, accountId, nameIn(kind, input))
      checkInlinePolicy(policy.document)
      const inlinePolicies = [...without(entity, policy.name), policy].sort((a, b) => (a.name < b.name ? -1 : 1))
      const size = inlinePolicies.reduce((sum, { document }) => sum + policySize(document), 0)
      const limit = aggregateSizes[kind.noun]
      if (size > limit) throw inlinePoliciesTooLarge(limit, kind.noun, entity.name)
      await updateEntity(tx, kind, accountId, { ...entity, inlinePolicies })
      return undefined
    })
  }

/** @throws ServiceError NoSuchEntity. */
export const getInlinePolicy =
  <T extends Entity>(kind: IdentityKind<T>) =>
  async ({ entities }: IamContext, input: PolicyInput) => {
    const entity = await entities.get(kind, nameIn(kind, input))
    const policyName = checkName('policyName', input.PolicyName)
    const policy = entity.inlinePolicies.find(({ name }) => name === policyName)
    if (!policy) throw inlinePolicyNotFound(kind.noun, policyName)
    return { [kind.nameMember]: entity.name, PolicyName: policy.name, PolicyDocument: percentEncode(policy.document) }
  }

/** @throws ServiceError NoSuchEntity. */
export const deleteInlinePolicy =
  <T extends Entity>(kind: IdentityKind<T>) =>
  async ({ call }: IamContext, input: PolicyInput): Promise<undefined> => {
    const { accountId } = call
    const policyName = checkName('policyName', input.PolicyName)
    return call.transaction(async (tx) => {
      const entity = await getEntity(tx, kind, accountId, nameIn(kind, input))
      const inlinePolicies = without(entity, policyName)
      if (inlinePolicies.length === entity.inlinePolicies.length) throw inlinePolicyNotFound(kind.noun, policyName)
      await updateEntity(tx, kind, accountId, { ...entity, inlinePolicies })
      return undefined
    })
  }

/** @throws ServiceError NoSuchEntity. */
export const listInlinePolicies =
  <T extends Entity>(kind: IdentityKind<T>) =>
  async ({ call, entities, sealer }: IamContext, input: NamedInput & PageRequest) => {
    const entity = await entities.get(kind, nameIn(kind, input))
    const source = arraySource(`${kind.noun}-inline-policies`, entity.inlinePolicies, ({ name }) => name)
    const { rows, rest } = await readRows({ call, sealer }, source, input)
    return { PolicyNames: rows.map(({ name }) => name), ...rest }
  }

const without = ({ inlinePolicies }: Entity, policyName: string) =>
  inlinePolicies.filter(({ name }) => name !== policyName)
