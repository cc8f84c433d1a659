import type { Call, CallSource } from '../../../core/call.ts'
import { hostIdOf } from '../../../core/host-id.ts'

const methods = { header: 'AuthHeader', presigned: 'QueryString' }

/**
 * Returns what the records of S3 say about the transfer of a request: its signature, its cipher and its bytes.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-understanding-s3-entries.html
 */
export function transferData(
  { requestId, source, caller }: Pick<Call, 'requestId' | 'source' | 'caller'>,
  bytesOut: () => number,
): Record<string, unknown> {
  const { signature, tls, bodyBytes = 0 } = source
  return {
    ...(caller.principal.kind !== 'anonymous' && { SignatureVersion: 'SigV4' }),
    ...(tls && { CipherSuite: tls.cipherSuite }),
    bytesTransferredIn: bodyBytes,
    ...(signature && { AuthenticationMethod: methods[signature.form] }),
    'x-amz-id-2': hostIdOf(requestId),
    bytesTransferredOut: bytesOut(),
  }
}

/** Returns the same of a browser's question, which no one signs and whose answer has no body. */
export const preflightData = (requestId: string, { tls }: CallSource): Record<string, unknown> => ({
  ...(tls && { CipherSuite: tls.cipherSuite }),
  bytesTransferredIn: 0,
  'x-amz-id-2': hostIdOf(requestId),
  bytesTransferredOut: 0,
})
