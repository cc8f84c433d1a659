import type { Call } from '../../../core/call.ts'
import type { Permission, RequestContext } from '../../../core/operation.ts'
import { removedTagKeys, requestTagKeys } from '../../../kit/tag-keys.ts'
import type { GivenTag, Tag } from '../../../kit/tags.ts'
import type { NamedEntity } from '../domain/entities.ts'
import type { EntityNoun } from '../domain/errors.ts'
import {
  checkName,
  checkPath,
  checkPathPrefix,
  checkPolicyArn,
  checkPolicyPath,
  checkPolicyPathPrefix,
  iamArn,
} from '../domain/names.ts'
import { createdTagContext, resourceTagContext } from '../domain/tags.ts'
import type { IamContext } from '../iam-context.ts'
import type { EntityKind } from '../storage/entity-store.ts'

// What each operation asks for, as the Service Authorization Reference, "AWS Identity and Access Management", lists it. Every
// action is named after its operation. Denials print `user alice` where other services print an ARN (recorded).

/** A request about a user, group, role or instance profile. */
export interface NamedInput {
  UserName?: string
  GroupName?: string
  RoleName?: string
  InstanceProfileName?: string
}

/** The name a request gives. @throws ServiceError ValidationError when it has other letters than names have. */
export const nameIn = (kind: Pick<EntityKind<NamedEntity>, 'nameMember'>, input: NamedInput): string =>
  checkName(memberText(kind.nameMember), input[kind.nameMember] ?? '')

const memberText = (member: string) => member.charAt(0).toLowerCase() + member.slice(1)

export const actionOf = (call: Call): string => `iam:${call.operation}`

/** Returns the permissions for operations that no resource belongs to. */
export const onAccount = ({ call }: IamContext): Permission[] => [
  { action: actionOf(call), resource: '*', printedResource: '*' },
]

/** Returns the permissions for lists: the folder that is listed. */
export const onPathPrefix =
  (kind: { noun: EntityNoun }) =>
  ({ call }: IamContext, { PathPrefix }: { PathPrefix?: string }): Permission[] => [
    { action: actionOf(call), resource: iamArn(call.accountId, kind.noun, checkPathPrefix(PathPrefix), '') },
  ]

/** Returns the permissions for operations on a user, group or role that is there, or is said to be. */
export const onEntity =
  <T extends NamedEntity, M = unknown>(kind: EntityKind<T>, more: (input: M) => RequestContext = () => ({})) =>
  async (context: IamContext, input: NamedInput & M): Promise<Permission[]> => [
    await entityPermission(context, kind, nameIn(kind, input), more(input)),
  ]

export async function entityPermission<T extends NamedEntity>(
  { call, entities }: IamContext,
  kind: EntityKind<T>,
  name: string,
  more: RequestContext = {},
): Promise<Permission> {
  const entity: (NamedEntity & { tags?: readonly Tag[]; boundaryArn?: string }) | undefined = await entities.find(
    kind,
    name,
  )
  const boundary = entity?.boundaryArn &&
    boundaryAware.has(call.operation) && { 'iam:PermissionsBoundary': entity.boundaryArn }
  return {
    action: actionOf(call),
    resource: entity?.arn ?? iamArn(call.accountId, kind.noun, '/', name),
    printedResource: `${wordOf(kind.noun)} ${name}`,
    context: { ...resourceTagContext(entity?.tags ?? []), ...boundary, ...more },
  }
}

const wordOf = (noun: EntityNoun) => noun.replace('-', ' ')

// For these the key tells the boundary that the user or role has; where a boundary is set, the one in the request.
const boundaryAware = new Set(
  ['User', 'Role'].flatMap((noun) => [
    `Attach${noun}Policy`,
    `Detach${noun}Policy`,
    `Put${noun}Policy`,
    `Delete${noun}Policy`,
    `Delete${noun}PermissionsBoundary`,
  ]),
)

/** Returns the permissions for UpdateUser and UpdateGroup: the old name and the new one. */
export const onRename =
  <T extends NamedEntity>(kind: EntityKind<T>) =>
  async (context: IamContext, input: RenameInput): Promise<Permission[]> => {
    const { call, entities } = context
    const name = nameIn(kind, input)
    const permission = await entityPermission(context, kind, name)
    const newName = checkName(`new${kind.nameMember}`, input.NewUserName ?? input.NewGroupName ?? name)
    const entity = await entities.find(kind, name)
    const resource = iamArn(call.accountId, kind.noun, checkPath(input.NewPath ?? entity?.path), newName)
    return [permission, { ...permission, resource, printedResource: `${kind.noun} ${newName}` }]
  }

interface RenameInput extends NamedInput {
  NewPath?: string
  NewUserName?: string
  NewGroupName?: string
}

export const withPolicyArn = ({ PolicyArn }: { PolicyArn: string }): RequestContext => ({ 'iam:PolicyARN': PolicyArn })

export const withTags = ({ Tags }: { Tags: readonly GivenTag[] }): RequestContext => requestTagKeys(Tags)

export const withTagKeys = ({ TagKeys }: { TagKeys: readonly string[] }): RequestContext => removedTagKeys(TagKeys)

export const withBoundary = ({ PermissionsBoundary }: { PermissionsBoundary?: string }): RequestContext =>
  PermissionsBoundary === undefined ? {} : { 'iam:PermissionsBoundary': PermissionsBoundary }

interface CreationInput extends NamedInput {
  Path?: string
  PermissionsBoundary?: string
  Tags?: readonly GivenTag[]
}

/** Returns the permissions for the creation of a user, group or role; tags given with it need the permission to tag as well. */
export const onCreation =
  <T extends NamedEntity>(kind: EntityKind<T>) =>
  ({ call }: IamContext, input: CreationInput): Permission[] => {
    const resource = iamArn(call.accountId, kind.noun, checkPath(input.Path), nameIn(kind, input))
    const context = { ...createdTagContext(input.Tags), ...withBoundary(input) }
    const shape = kind.nameMember.slice(0, -'Name'.length)
    return withTagging({ action: actionOf(call), resource, context }, `iam:Tag${shape}`, input.Tags)
  }

/** Returns the permissions for CreatePolicy. */
export const onPolicyCreation = (
  { call }: IamContext,
  { PolicyName, Path, Tags }: { PolicyName: string; Path?: string; Tags?: readonly GivenTag[] },
): Permission[] => {
  const name = checkName('policyName', PolicyName)
  const resource = iamArn(call.accountId, 'policy', checkPolicyPath(Path), name)
  const creation = {
    action: actionOf(call),
    resource,
    printedResource: `policy ${name}`,
    context: createdTagContext(Tags),
  }
  return withTagging(creation, 'iam:TagPolicy', Tags)
}

const withTagging = (creation: Permission, tagAction: string, tags: readonly GivenTag[] | undefined): Permission[] =>
  tags && tags.length > 0 ? [creation, { ...creation, action: tagAction }] : [creation]

/** Returns the permissions for ListPolicies. */
export const onPolicyPathPrefix = ({ call }: IamContext, { PathPrefix }: { PathPrefix?: string }): Permission[] => {
  const prefix = checkPolicyPathPrefix(PathPrefix)
  const resource = iamArn(call.accountId, 'policy', prefix, '')
  return [{ action: actionOf(call), resource, printedResource: `policy path ${prefix}` }]
}

/** Returns the permissions for reading a managed policy: AWS's own belong to the account of each caller. */
export const onPolicy = async (context: IamContext, { PolicyArn }: { PolicyArn: string }): Promise<Permission[]> => {
  const owner = checkPolicyArn(PolicyArn)
  return [await policyPermission(context, PolicyArn, owner === 'aws' ? context.call.accountId : owner)]
}

/** Returns the permissions for changing a managed policy: those of AWS and of other accounts are refused as theirs. */
export const onOwnPolicy =
  <M = unknown>(more: (input: M) => RequestContext = () => ({})) =>
  async (context: IamContext, input: { PolicyArn: string } & M): Promise<Permission[]> => [
    await policyPermission(context, input.PolicyArn, checkPolicyArn(input.PolicyArn), more(input)),
  ]

async function policyPermission(
  { call, entities }: IamContext,
  arn: string,
  owner: string,
  more: RequestContext = {},
): Promise<Permission> {
  const policy = await entities.findPolicy(arn)
  return {
    action: actionOf(call),
    resource: arn,
    resourceAccountId: owner,
    printedResource: `policy ${arn}`,
    context: { ...resourceTagContext(policy?.tags ?? []), ...more },
  }
}
