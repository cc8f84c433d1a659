import type { GetAccessKeyInfoRequest, GetAccessKeyInfoResponse } from '@aws-sdk/client-sts'
import { accountOfId } from '../../../core/identifiers.ts'
import type { Validated } from '../../../core/operation.ts'
import { invalidClientToken } from '../domain/errors.ts'
import type { StsContext } from '../sts-context.ts'

/**
 * The account that an access key id was made for. The id says so itself; the key need not exist.
 * @throws ServiceError InvalidClientTokenId for text that names no account.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
 */
export async function getAccessKeyInfo(
  _context: StsContext,
  { AccessKeyId }: Validated<GetAccessKeyInfoRequest>,
): Promise<GetAccessKeyInfoResponse> {
  const Account = accountOfId(AccessKeyId)
  if (!Account) throw invalidClientToken()
  return { Account }
}
