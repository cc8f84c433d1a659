import type {
  DescribeEffectivePolicyRequest,
  DescribeEffectivePolicyResponse,
  DisablePolicyTypeRequest,
  DisablePolicyTypeResponse,
  EnablePolicyTypeRequest,
  EnablePolicyTypeResponse,
} from '@aws-sdk/client-organizations'
import type { Validated } from '../../../core/operation.ts'
import {
  accessDenied,
  effectivePolicyNotFound,
  policyTypeEnabled,
  policyTypeNotAvailable,
  policyTypeNotEnabled,
  rootNotFound,
  targetNotFound,
} from '../domain/errors.ts'
import { effectivePolicy } from '../domain/inheritance.ts'
import { readContent } from '../domain/policy-content.ts'
import { policyTypeOf } from '../domain/policy-types.ts'
import type { OrganizationsContext } from '../organizations-context.ts'
import { policies, scopeOf } from '../storage/collections.ts'
import { changeTree, pathToTarget, policyIdsOn } from '../storage/tree.ts'
import { requireStanding, standingIn } from './standing.ts'
import { shownRoot } from './views.ts'

/**
 * Enables a type of policy. Where AWS has a policy of the type, every entity has that one from now on.
 * @throws ServiceError RootNotFoundException, PolicyTypeAlreadyEnabledException, PolicyTypeNotAvailableForOrganizationException.
 */
export async function enablePolicyType(
  { call }: OrganizationsContext,
  { RootId, PolicyType }: Validated<EnablePolicyTypeRequest>,
): Promise<EnablePolicyTypeResponse> {
  const type = policyTypeOf(PolicyType)
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    if (RootId !== organization.rootId) throw rootNotFound()
    if (organization.featureSet !== 'ALL') throw policyTypeNotAvailable()
    if (organization.policyTypes[type] !== undefined) throw policyTypeEnabled()
    const timesEnabled = organization.timesEnabled + 1
    const changed = {
      ...organization,
      timesEnabled,
      policyTypes: { ...organization.policyTypes, [type]: timesEnabled },
    }
    await changeTree(tx, changed)
    return { Root: shownRoot(changed) }
  })
}

/** Disables a type of policy, which detaches all of its policies. @throws ServiceError RootNotFoundException, PolicyTypeNotEnabledException. */
export async function disablePolicyType(
  { call }: OrganizationsContext,
  { RootId, PolicyType }: Validated<DisablePolicyTypeRequest>,
): Promise<DisablePolicyTypeResponse> {
  const type = policyTypeOf(PolicyType)
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    if (RootId !== organization.rootId) throw rootNotFound()
    const { [type]: time, ...policyTypes } = organization.policyTypes
    if (time === undefined) throw policyTypeNotEnabled()
    const changed = { ...organization, policyTypes }
    await changeTree(tx, changed)
    return { Root: shownRoot(changed) }
  })
}

/**
 * Shows what the management policies over an account come to. An account may ask about itself.
 * @throws ServiceError EffectivePolicyNotFoundException, TargetNotFoundException, AccessDeniedException.
 */
export async function describeEffectivePolicy(
  context: OrganizationsContext,
  { PolicyType, TargetId }: Validated<DescribeEffectivePolicyRequest>,
): Promise<DescribeEffectivePolicyResponse> {
  const { organization, role } = await requireStanding(context)
  const { store, accountId } = context.call
  const target = TargetId ?? accountId
  if (target !== accountId && role === 'member') throw accessDenied()
  const type = policyTypeOf(PolicyType)
  const path = await pathToTarget(store, organization, target)
  if (!path || !/^\d{12}$/.test(target)) throw targetNotFound()
  let changedAtMs = organization.createdAtMs
  const levels = []
  for (const place of path) {
    const level = []
    for (const id of await policyIdsOn(store, organization, place, type)) {
      const policy = await store.in(policies).get(scopeOf(organization), id)
      if (!policy) continue
      level.push(readContent(type, policy.content))
      changedAtMs = Math.max(changedAtMs, policy.changedAtMs)
    }
    levels.push(level)
  }
  const effective = effectivePolicy(levels)
  if (!effective) throw effectivePolicyNotFound()
  return {
    EffectivePolicy: {
      PolicyContent: JSON.stringify(effective),
      LastUpdatedTimestamp: new Date(changedAtMs),
      TargetId: target,
      PolicyType,
    },
  }
}
