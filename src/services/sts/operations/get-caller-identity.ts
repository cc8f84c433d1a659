import type { GetCallerIdentityResponse } from '@aws-sdk/client-sts'
import { printedArn, userIdOf } from '../../../core/principal.ts'
import type { StsContext } from '../sts-context.ts'

/**
 * Returns who signed the request. Needs no permission, and none can be taken away.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export async function getCallerIdentity({ call }: StsContext): Promise<GetCallerIdentityResponse> {
  const { principal } = call.caller
  return { UserId: userIdOf(principal), Account: call.accountId, Arn: printedArn(principal) }
}
