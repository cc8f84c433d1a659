import type {
  CreatePolicyRequest,
  CreatePolicyResponse,
  CreatePolicyVersionRequest,
  CreatePolicyVersionResponse,
  DeletePolicyRequest,
  DeletePolicyVersionRequest,
  GetPolicyRequest,
  GetPolicyResponse,
  GetPolicyVersionRequest,
  GetPolicyVersionResponse,
  ListPoliciesRequest,
  ListPoliciesResponse,
  ListPolicyVersionsRequest,
  ListPolicyVersionsResponse,
  SetDefaultPolicyVersionRequest,
} from '@aws-sdk/client-iam'
import { newEntityId } from '../../../core/identifiers.ts'
import type { Validated } from '../../../core/operation.ts'
import type { ManagedPolicy } from '../domain/entities.ts'
import { policyAlreadyExists, policyHasVersions, policyIsAttached, policyVersionNotFound } from '../domain/errors.ts'
import { addVersion, findVersion, removeVersion, setDefaultVersion } from '../domain/managed-policy.ts'
import { checkPolicyPath, checkPolicyPathPrefix, iamArn, nameKey } from '../domain/names.ts'
import { arraySource, readPage, readRows } from '../domain/pagination.ts'
import { checkManagedPolicy } from '../domain/policy-documents.ts'
import { policyTags } from '../domain/tags.ts'
import type { IamContext } from '../iam-context.ts'
import { accountScope, policies, type Reader } from '../storage/collections.ts'
import { changeCounts } from '../storage/entity-store.ts'
import { awsPolicies, awsPoliciesInUse, ownPolicies, type UsedPolicy } from '../storage/policy-lists.ts'
import { findOwnPolicy, policyUseOf, putPolicy, requireOwnPolicy } from '../storage/policy-store.ts'
import { underPath } from '../storage/sources.ts'
import { policySummary, versionDetail, versionSummary } from './views.ts'

/**
 * The answer leaves the description out, as the service does.
 * @throws ServiceError MalformedPolicyDocument, LimitExceeded, EntityAlreadyExists, InvalidInput (tags).
 */
export async function createPolicy(
  { call }: IamContext,
  { PolicyName, Path, PolicyDocument, Description, Tags = [] }: Validated<CreatePolicyRequest>,
): Promise<CreatePolicyResponse> {
  const { accountId } = call
  const nowMs = call.clock.nowMs()
  const path = checkPolicyPath(Path)
  checkManagedPolicy(PolicyDocument)
  const policy: ManagedPolicy = {
    name: PolicyName,
    path,
    id: newEntityId('ANPA', accountId),
    arn: iamArn(accountId, 'policy', path, PolicyName),
    description: Description,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    tags: policyTags.merge([], Tags),
    versions: [{ versionId: 'v1', document: PolicyDocument, createdAtMs: nowMs }],
    defaultVersionId: 'v1',
    lastVersion: 1,
  }
  return call.transaction(async (tx) => {
    if (await tx.in(policies).get(accountScope(accountId), nameKey(PolicyName))) throw policyAlreadyExists(PolicyName)
    await changeCounts(tx, accountId, { policies: 1, policyVersions: 1 })
    await putPolicy(tx, accountId, policy)
    const shown = policySummary(policy, { attachments: 0, boundaries: 0 })
    return { Policy: { ...shown, ...(policy.tags.length > 0 && { Tags: [...policy.tags] }) } }
  })
}

/** @throws ServiceError NoSuchEntity. */
export async function getPolicy(
  { call, entities }: IamContext,
  { PolicyArn }: Validated<GetPolicyRequest>,
): Promise<GetPolicyResponse> {
  const policy = await entities.getPolicy(PolicyArn)
  const shown = policySummary(policy, await policyUseOf(call.store, call.accountId, PolicyArn))
  const description = policy.description === undefined ? {} : { Description: policy.description }
  return { Policy: { ...shown, ...description, Tags: [...policy.tags] } }
}

/** The account's policies in order of name, then AWS's own. */
export async function listPolicies(
  { call, sealer }: IamContext,
  { Scope = 'All', OnlyAttached, PathPrefix, PolicyUsageFilter, ...page }: Validated<ListPoliciesRequest>,
): Promise<ListPoliciesResponse> {
  const { accountId, store } = call
  const prefix = checkPolicyPathPrefix(PathPrefix)
  const counted = PolicyUsageFilter === 'PermissionsBoundary' ? 'boundaries' : 'attachments'
  const isUsed = OnlyAttached || PolicyUsageFilter ? ({ use }: UsedPolicy) => use[counted] > 0 : undefined
  const sources = {
    Local: ownPolicies(store, accountId, { ...underPath(prefix), test: isUsed }),
    AWS: isUsed
      ? { ...awsPoliciesInUse(store, accountId, prefix), fits: isUsed }
      : await awsPolicies(store, accountId, prefix),
  }
  const { rows, ...rest } = await readPage(
    { call, sealer },
    Scope === 'All' ? [sources.Local, sources.AWS] : [sources[Scope]],
    page,
  )
  return { Policies: rows.map(({ row: { policy, use } }) => policySummary(policy, use)), ...rest }
}

/** @throws ServiceError NoSuchEntity, DeleteConflict (in use, more than one version). */
export async function deletePolicy(
  { call }: IamContext,
  { PolicyArn }: Validated<DeletePolicyRequest>,
): Promise<undefined> {
  const { accountId } = call
  return call.transaction(async (tx) => {
    const policy = await requireOwnPolicy(tx, accountId, PolicyArn)
    const { attachments, boundaries } = await policyUseOf(tx, accountId, PolicyArn)
    if (attachments + boundaries > 0) throw policyIsAttached()
    if (policy.versions.length > 1) throw policyHasVersions()
    await tx.in(policies).delete(accountScope(accountId), nameKey(policy.name))
    await changeCounts(tx, accountId, { policies: -1, policyVersions: -1 })
    return undefined
  })
}

/** @throws ServiceError NoSuchEntity, MalformedPolicyDocument, LimitExceeded (size, five versions). */
export async function createPolicyVersion(
  { call }: IamContext,
  { PolicyArn, PolicyDocument, SetAsDefault = false }: Validated<CreatePolicyVersionRequest>,
): Promise<CreatePolicyVersionResponse> {
  const { accountId } = call
  return call.transaction(async (tx) => {
    const found = await requireOwnPolicy(tx, accountId, PolicyArn)
    checkManagedPolicy(PolicyDocument)
    const { policy, version } = addVersion(found, PolicyDocument, SetAsDefault, call.clock.nowMs())
    await putPolicy(tx, accountId, policy)
    await changeCounts(tx, accountId, { policyVersions: 1 })
    return { PolicyVersion: versionSummary(policy, version) }
  })
}

/** @throws ServiceError NoSuchEntity. */
export async function getPolicyVersion(
  { entities }: IamContext,
  { PolicyArn, VersionId }: Validated<GetPolicyVersionRequest>,
): Promise<GetPolicyVersionResponse> {
  const policy = await entities.findPolicy(PolicyArn)
  if (!policy) throw policyVersionNotFound(PolicyArn, VersionId)
  return { PolicyVersion: versionDetail(policy, findVersion(policy, VersionId)) }
}

/** Newest first, without the documents. @throws ServiceError NoSuchEntity. */
export async function listPolicyVersions(
  { call, entities, sealer }: IamContext,
  { PolicyArn, ...page }: Validated<ListPolicyVersionsRequest>,
): Promise<ListPolicyVersionsResponse> {
  const policy = await entities.getPolicy(PolicyArn)
  const newestFirst = ({ versionId }: { versionId: string }) => String(1e9 - Number(versionId.slice(1)))
  const { rows, rest } = await readRows(
    { call, sealer },
    arraySource('policy-versions', policy.versions, newestFirst),
    page,
  )
  return { Versions: rows.map((version) => versionSummary(policy, version)), ...rest }
}

/** @throws ServiceError NoSuchEntity, DeleteConflict (the default version). */
export async function deletePolicyVersion(
  { call }: IamContext,
  { PolicyArn, VersionId }: Validated<DeletePolicyVersionRequest>,
): Promise<undefined> {
  const { accountId } = call
  return call.transaction(async (tx) => {
    const policy = await requireOwnVersion(tx, accountId, PolicyArn, VersionId)
    await putPolicy(tx, accountId, removeVersion(policy, VersionId, call.clock.nowMs()))
    await changeCounts(tx, accountId, { policyVersions: -1 })
    return undefined
  })
}

/** @throws ServiceError NoSuchEntity. */
export async function setDefaultPolicyVersion(
  { call }: IamContext,
  { PolicyArn, VersionId }: Validated<SetDefaultPolicyVersionRequest>,
): Promise<undefined> {
  const { accountId } = call
  return call.transaction(async (tx) => {
    const policy = await requireOwnVersion(tx, accountId, PolicyArn, VersionId)
    await putPolicy(tx, accountId, setDefaultVersion(policy, VersionId, call.clock.nowMs()))
    return undefined
  })
}

/** Where a version is asked for, a missing policy is reported as a missing version (recorded). */
async function requireOwnVersion(reader: Reader, accountId: string, arn: string, versionId: string) {
  const policy = await findOwnPolicy(reader, accountId, arn)
  if (!policy) throw policyVersionNotFound(arn, versionId)
  return policy
}
