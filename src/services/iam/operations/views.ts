import type * as Sdk from '@aws-sdk/client-iam'
import type { Tag } from '../../../kit/tags.ts'
import type {
  Entity,
  Group,
  InlinePolicy,
  ManagedPolicy,
  PolicyUse,
  PolicyVersion,
  Role,
  User,
} from '../domain/entities.ts'
import { policyNameIn } from '../domain/names.ts'
import { percentEncode } from '../domain/policy-text.ts'

// Entities as IAM's answers show them. Lists leave out what the API reference says they do: tags, boundaries, last use.

export const userSummary = ({ path, name, id, arn, createdAtMs }: User): Sdk.User => ({
  Path: path,
  UserName: name,
  UserId: id,
  Arn: arn,
  CreateDate: new Date(createdAtMs),
})

export const userDetail = (user: User): Sdk.User => ({ ...userSummary(user), ...boundaryAndTags(user) })

export const groupSummary = ({ path, name, id, arn, createdAtMs }: Group): Sdk.Group => ({
  Path: path,
  GroupName: name,
  GroupId: id,
  Arn: arn,
  CreateDate: new Date(createdAtMs),
})

/** @param trustDocument - as it stands today. */
export const roleSummary = ({ path, name, id, arn, createdAtMs }: Role, trustDocument: string): Sdk.Role => ({
  Path: path,
  RoleName: name,
  RoleId: id,
  Arn: arn,
  CreateDate: new Date(createdAtMs),
  AssumeRolePolicyDocument: percentEncode(trustDocument),
})

export const boundaryAndTags = ({ boundaryArn, tags }: { boundaryArn?: string; tags: readonly Tag[] }) => ({
  ...(boundaryArn && { PermissionsBoundary: boundaryView(boundaryArn) }),
  ...(tags.length > 0 && { Tags: [...tags] }),
})

export const boundaryView = (arn: string): Sdk.AttachedPermissionsBoundary => ({
  PermissionsBoundaryArn: arn,
  // The model and its documentation say `PermissionsBoundaryPolicy`; the service answers `Policy`.
  PermissionsBoundaryType: 'Policy' as Sdk.PermissionsBoundaryAttachmentType,
})

/** Returns what ListPolicies shows; GetPolicy adds description and tags. */
export const policySummary = (policy: ManagedPolicy, { attachments, boundaries }: PolicyUse): Sdk.Policy => ({
  PolicyName: policy.name,
  PolicyId: policy.id,
  Arn: policy.arn,
  Path: policy.path,
  DefaultVersionId: policy.defaultVersionId,
  AttachmentCount: attachments,
  PermissionsBoundaryUsageCount: boundaries,
  IsAttachable: true,
  CreateDate: new Date(policy.createdAtMs),
  UpdateDate: new Date(policy.updatedAtMs),
})

export const versionSummary = (
  policy: ManagedPolicy,
  { versionId, createdAtMs }: PolicyVersion,
): Sdk.PolicyVersion => ({
  VersionId: versionId,
  IsDefaultVersion: versionId === policy.defaultVersionId,
  CreateDate: new Date(createdAtMs),
})

export const versionDetail = (policy: ManagedPolicy, version: PolicyVersion): Sdk.PolicyVersion => ({
  ...versionSummary(policy, version),
  Document: percentEncode(version.document),
})

export const inlinePolicyViews = (inlinePolicies: readonly InlinePolicy[]): Sdk.PolicyDetail[] =>
  inlinePolicies.map(({ name, document }) => ({ PolicyName: name, PolicyDocument: percentEncode(document) }))

/** An ARN ends in the policy's name. */
export const attachedPolicyViews = ({ attachedPolicies }: Entity): Sdk.AttachedPolicy[] =>
  attachedPolicies.map((arn) => ({ PolicyName: policyNameIn(arn), PolicyArn: arn }))
