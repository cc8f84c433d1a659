import { hash } from 'node:crypto'

/** The one algorithm that is accepted. */
export const signingAlgorithm = 'AWS4-HMAC-SHA256'

/**
 * The string to sign: IAM User Guide, "Create a signed AWS API request", step 3.
 *
 * @param dateTime - `YYYYMMDDTHHMMSSZ`.
 * @param scope - `YYYYMMDD/region/service/aws4_request`.
 * @param canonicalRequest - one character a byte.
 */
export const stringToSign = (dateTime: string, scope: string, canonicalRequest: string): string =>
  `${signingAlgorithm}\n${dateTime}\n${scope}\n${bytesHash(canonicalRequest)}`

/** Of a text with one character a byte. What is all ASCII, as nearly every request, is hashed without a copy. */
function bytesHash(text: string): string {
  const isAscii = Buffer.byteLength(text, 'utf8') === text.length
  return hash('sha256', isAscii ? text : Buffer.from(text, 'latin1'))
}
