import type { GetFederationTokenRequest, GetFederationTokenResponse } from '@aws-sdk/client-sts'
import type { Permission, Validated } from '../../../core/operation.ts'
import { userIdOf } from '../../../core/principal.ts'
import { packedPolicySize } from '../domain/packed-size.ts'
import { sessionTimes, tokenSeconds } from '../domain/session-duration.ts'
import { requestTagContext, sessionTags } from '../domain/session-tags.ts'
import type { StsContext } from '../sts-context.ts'
import { shownCredentials } from './credentials.ts'
import { longTermCaller } from './long-term-caller.ts'
import { sessionPolicies } from './session-policies.ts'

type Request = Validated<GetFederationTokenRequest>

/**
 * Returns what GetFederationToken needs: the action on the federated user, and to tag the session when there are tags.
 * @throws ServiceError AccessDenied (called with temporary credentials), InvalidParameterValue (tags).
 */
export function permissionsToFederate({ call }: StsContext, { Name, Tags = [] }: Request): Permission[] {
  longTermCaller(call)
  sessionTags(Tags, [])
  const resource = federatedUserArn(call.partition, call.accountId, Name)
  const context = requestTagContext(Tags)
  const actions = ['sts:GetFederationToken', ...(Tags.length > 0 ? ['sts:TagSession'] : [])]
  return actions.map((action) => ({ action, resource, context }))
}

/**
 * Creates temporary credentials for a federated user. They allow what the caller's and the session policies both allow. Without
 * session policies, they allow only what resource policies grant to the federated user by name.
 *
 * @param request - `DurationSeconds`: 900 to 129,600, 43,200 when absent; a root user's are cut to 3,600.
 * @throws ServiceError MalformedPolicyDocument, PackedPolicyTooLarge, ValidationError (policy ARN).
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
 */
export async function getFederationToken(context: StsContext, request: Request): Promise<GetFederationTokenResponse> {
  const { call, tokens } = context
  const issuer = longTermCaller(call)
  const session = {
    ...sessionTimes(call.clock.nowMs(), tokenSeconds(request.DurationSeconds, issuer)),
    issuedBy: 'GetFederationToken',
    mfaAuthenticated: false,
    ...(await sessionPolicies(context, request, issuer.accountId)),
    ...sessionTags(request.Tags ?? [], []),
  } as const
  const PackedPolicySize = packedPolicySize(session)
  const { accountId } = issuer
  const arn = federatedUserArn(call.partition, accountId, request.Name)
  const principal = { kind: 'federated-user', accountId, arn, name: request.Name, issuer } as const
  return {
    ...shownCredentials(tokens.issue(principal, session, request.MinimumSessionTokenSize)),
    FederatedUser: { FederatedUserId: userIdOf(principal), Arn: arn },
    PackedPolicySize,
  }
}

const federatedUserArn = (partition: string, accountId: string, name: string) =>
  `arn:${partition}:sts::${accountId}:federated-user/${name}`
