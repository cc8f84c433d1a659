import type { AssumeRoleRequest, AssumeRoleResponse } from '@aws-sdk/client-sts'
import type { AuditDeclaration, Permission, RequestContext, Validated } from '../../../core/operation.ts'
import { type Caller, printedArn, type SignedPrincipal, userIdOf } from '../../../core/principal.ts'
import { unlessRefused } from '../../../core/service-error.ts'
import { invalidContextAssertion, notAuthorized, rootMayNotAssume } from '../domain/errors.ts'
import { checkMfa } from '../domain/multi-factor.ts'
import { packedPolicySize } from '../domain/packed-size.ts'
import { roleAccountOf } from '../domain/role-arn.ts'
import { checkRoleDuration, roleSessionSeconds, sessionTimes } from '../domain/session-duration.ts'
import { inheritedTags, requestTagContext, roleTagContext, sessionTags } from '../domain/session-tags.ts'
import type { StsContext } from '../sts-context.ts'
import { recordedCredentials, shownCredentials } from './credentials.ts'
import { sessionPolicies } from './session-policies.ts'

type Request = Validated<AssumeRoleRequest>

// Stands for the trust policy of a role that does not exist: the caller cannot tell it from one that does not trust it.
const trustsNoPrincipal = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { Service: 'none' }, Action: 'sts:AssumeRole' },
})

/**
 * Returns what AssumeRole needs of the role's trust policy and the caller's own: to assume, to tag the session when it will have
 * tags, to set its source identity when it will have one; what is inherited along a chain counts.
 *
 * @throws ServiceError ValidationError (ARN, duration), InvalidParameterValue (tags), AccessDenied (root users, another
 *   source identity than the caller's session has), in AWS's order.
 */
export async function permissionsToAssume(context: StsContext, request: Request): Promise<Permission[]> {
  const { call, findRole, adviseRoot } = context
  const { caller } = call
  const resourceAccountId = roleAccountOf(request.RoleArn)
  if (caller.principal.kind === 'root') throw rootMayNotAssume(await adviseRoot?.(call.accountId))
  const seconds = sessionSeconds(caller, request)
  const role = await findRole(request.RoleArn)
  // The role's limit is checked before its trust policy only where the caller may know that there is such a role.
  if (role && resourceAccountId === call.accountId) checkRoleDuration(seconds, role)
  const { tags } = tagsOf(caller, request)
  const sourceIdentity = sourceIdentityOf(caller, request)
  const asked = [
    'sts:AssumeRole',
    ...(Object.keys(tags).length > 0 ? ['sts:TagSession'] : []),
    ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ]
  return asked.map((action) => ({
    action,
    resource: request.RoleArn,
    resourceAccountId,
    policy: { kind: 'trust-policy', document: role?.trustPolicy ?? trustsNoPrincipal },
    context: { ...requestContext(request, sourceIdentity), ...roleTagContext(role?.tags ?? {}) },
    denial: 'bare',
  }))
}

/**
 * Temporary credentials of a session of the role.
 *
 * @param request - `DurationSeconds`: 900 to the role's maximum, 3,600 when absent and at most when a role session calls.
 *   `MinimumSessionTokenSize`: the token is padded to it, 4,096 at most.
 * @returns `PackedPolicySize` in percent, only when the session has policies or tags.
 * @throws ServiceError ValidationError (duration, policy ARN), MalformedPolicyDocument, PackedPolicyTooLarge, AccessDenied
 *   (multi-factor authentication), InvalidContextAssertion.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export async function assumeRole(context: StsContext, request: Request): Promise<AssumeRoleResponse> {
  const { call, tokens, findRole } = context
  const { caller } = call
  const role = await findRole(request.RoleArn)
  if (!role) throw notAuthorized(printedArn(caller.principal), 'sts:AssumeRole', request.RoleArn)
  const seconds = sessionSeconds(caller, request)
  checkRoleDuration(seconds, role)
  const { accountId, arn: roleArn, roleId, roleName } = role
  const session = {
    ...sessionTimes(call.clock.nowMs(), seconds),
    issuedBy: 'AssumeRole',
    mfaAuthenticated: false,
    sourceIdentity: sourceIdentityOf(caller, request),
    ...(await sessionPolicies(context, request, accountId)),
    ...tagsOf(caller, request),
  } as const
  const PackedPolicySize = packedPolicySize(session) || undefined
  checkMfa(request)
  if (request.ProvidedContexts?.length) throw invalidContextAssertion()
  const sessionName = request.RoleSessionName
  const arn = `arn:${call.partition}:sts::${accountId}:assumed-role/${roleName}/${sessionName}`
  const principal: SignedPrincipal = { kind: 'assumed-role', accountId, arn, roleArn, roleId, roleName, sessionName }
  return {
    ...shownCredentials(tokens.issue(principal, session, request.MinimumSessionTokenSize)),
    AssumedRoleUser: { AssumedRoleId: userIdOf(principal), Arn: arn },
    PackedPolicySize,
    SourceIdentity: session.sourceIdentity,
  }
}

/** AssumeRole changes nothing, and yet its record shows whom it made and with which access key. */
export const assumeRoleAudit: AuditDeclaration<StsContext, Request, AssumeRoleResponse> = {
  hideRequest: ['TokenCode', 'ProvidedContexts'],
  resources: (_context, { RoleArn }) => {
    const accountId = unlessRefused(() => roleAccountOf(RoleArn))
    return accountId === undefined ? [] : [{ accountId, type: 'AWS::IAM::Role', ARN: RoleArn }]
  },
  response: (_context, _request, { Credentials, AssumedRoleUser, SourceIdentity, PackedPolicySize }) => ({
    credentials: Credentials && recordedCredentials(Credentials),
    assumedRoleUser: { assumedRoleId: AssumedRoleUser?.AssumedRoleId, arn: AssumedRoleUser?.Arn },
    sourceIdentity: SourceIdentity,
    packedPolicySize: PackedPolicySize,
  }),
}

const sessionSeconds = ({ principal }: Caller, { DurationSeconds }: Request) =>
  roleSessionSeconds(DurationSeconds, principal.kind === 'assumed-role')

const tagsOf = ({ session }: Caller, { Tags = [], TransitiveTagKeys = [] }: Request) =>
  sessionTags(Tags, TransitiveTagKeys, inheritedTags(session))

/** A source identity stays along a whole chain. @throws ServiceError AccessDenied for another. */
function sourceIdentityOf({ principal, session }: Caller, { SourceIdentity, RoleArn }: Request): string | undefined {
  const inherited = session?.sourceIdentity
  if (inherited !== undefined && SourceIdentity !== undefined && SourceIdentity !== inherited) {
    throw notAuthorized(printedArn(principal), 'sts:SetSourceIdentity', RoleArn)
  }
  return inherited ?? SourceIdentity
}

function requestContext(request: Request, sourceIdentity: string | undefined): RequestContext {
  const { RoleSessionName, ExternalId, Tags = [], TransitiveTagKeys } = request
  return {
    'sts:RoleSessionName': RoleSessionName,
    ...(ExternalId === undefined ? {} : { 'sts:ExternalId': ExternalId }),
    ...(sourceIdentity === undefined ? {} : { 'sts:SourceIdentity': sourceIdentity }),
    ...(TransitiveTagKeys?.length ? { 'sts:TransitiveTagKeys': TransitiveTagKeys } : {}),
    ...requestTagContext(Tags),
  }
}
