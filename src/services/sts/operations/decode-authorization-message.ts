import type { DecodeAuthorizationMessageRequest, DecodeAuthorizationMessageResponse } from '@aws-sdk/client-sts'
import type { Validated } from '../../../core/operation.ts'
import { decodeAuthorizationMessage as decode } from '../../../crypto/authorization-message.ts'
import { invalidAuthorizationMessage } from '../domain/errors.ts'
import type { StsContext } from '../sts-context.ts'

/**
 * Opens the encoded message of a refusal that met a principal of the caller's account.
 * @throws ServiceError InvalidAuthorizationMessageException.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
 */
export async function decodeAuthorizationMessage(
  { call, sealer }: StsContext,
  { EncodedMessage }: Validated<DecodeAuthorizationMessageRequest>,
): Promise<DecodeAuthorizationMessageResponse> {
  const message = decode(sealer, call.accountId, EncodedMessage)
  if (!message) throw invalidAuthorizationMessage()
  return { DecodedMessage: JSON.stringify(message) }
}
