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
  `${signingAlgorithm}\n${dateTime}\n${scope}\n${hash('sha256', Buffer.from(canonicalRequest, 'latin1'))}`
