import type { ListPublicKeysRequest, ListPublicKeysResponse } from '@aws-sdk/client-cloudtrail'
import type { Validated } from '../../../../core/operation.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { invalidTimeRange, unknownKeysToken } from '../../domain/errors.ts'
import { checkNoToken } from '../permissions.ts'

/**
 * Lists the public keys that digests of the Region were signed with in a time; now, where none is given.
 * @throws ServiceError InvalidTimeRangeException, InvalidTokenException
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
 */
export async function listPublicKeys(
  { call, signingKeys }: CloudTrailContext,
  request: Validated<ListPublicKeysRequest>,
): Promise<ListPublicKeysResponse> {
  // AWS has reserved tokens for later: all keys are in one answer.
  checkNoToken(request, unknownKeysToken)
  const { StartTime, EndTime } = request
  const nowMs = call.clock.nowMs()
  const fromMs = StartTime?.getTime() ?? Math.min(nowMs, EndTime?.getTime() ?? nowMs)
  const untilMs = EndTime?.getTime() ?? Math.max(nowMs, fromMs)
  if (!(fromMs <= untilMs)) throw invalidTimeRange()
  const keys = await signingKeys.validBetween(call.region, fromMs, untilMs)
  return {
    PublicKeyList: keys.map(({ publicKey, fingerprint, validFromMs, validUntilMs }) => ({
      Value: Buffer.from(publicKey, 'base64'),
      ValidityStartTime: new Date(validFromMs),
      ValidityEndTime: new Date(validUntilMs),
      Fingerprint: fingerprint,
    })),
  }
}
