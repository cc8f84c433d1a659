import type { GetSessionTokenRequest, GetSessionTokenResponse } from '@aws-sdk/client-sts'
import type { Validated } from '../../../core/operation.ts'
import { checkMfa } from '../domain/multi-factor.ts'
import { sessionTimes, tokenSeconds } from '../domain/session-duration.ts'
import type { StsContext } from '../sts-context.ts'
import { shownCredentials } from './credentials.ts'
import { longTermCaller } from './long-term-caller.ts'

/**
 * Temporary credentials of the caller itself, with its permissions. No permission is asked for: policies cannot govern
 * authentication.
 *
 * @param request - `DurationSeconds`: 900 to 129,600, 43,200 when absent; a root user's are cut to 3,600.
 * @throws ServiceError AccessDenied: called with temporary credentials; multi-factor authentication.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
 */
export async function getSessionToken(
  { call, tokens }: StsContext,
  { DurationSeconds, MinimumSessionTokenSize, ...mfa }: Validated<GetSessionTokenRequest>,
): Promise<GetSessionTokenResponse> {
  const principal = longTermCaller(call)
  checkMfa(mfa)
  const session = {
    ...sessionTimes(call.clock.nowMs(), tokenSeconds(DurationSeconds, principal)),
    issuedBy: 'GetSessionToken',
    mfaAuthenticated: false,
    policies: [],
    policyArns: [],
    tags: {},
    transitiveTagKeys: [],
  } as const
  return shownCredentials(tokens.issue(principal, session, MinimumSessionTokenSize))
}
