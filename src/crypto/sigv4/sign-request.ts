import { hash } from 'node:crypto'
import { canonicalRequest, canonicalUri } from './canonical-request.ts'
import { scopeText } from './scope.ts'
import { deriveSigningKey, signatureOf } from './signing-key.ts'
import { signingAlgorithm, stringToSign } from './string-to-sign.ts'

/** A request that this program sends, without a query. */
export interface RequestToSign {
  method: string
  /** `/kms/xks/v1/health` */
  path: string
  /** With its port where that is not the scheme's own. */
  host: string
  body?: string
}

/** The credentials of a signer, with the service and region that it signs for. */
export interface SigningIdentity {
  accessKeyId: string
  secretAccessKey: string
  region: string
  service: string
}

/**
 * Signs a request with Signature Version 4: IAM User Guide, "Create a signed AWS API request".
 *
 * @param date - default: the machine's time, with which verifiers compare signing times, whatever the server's clock says.
 * @returns the headers that carry the signature; `host` is signed and must be sent as given.
 */
export function signRequest(
  { method, path, host, body = '' }: RequestToSign,
  { accessKeyId, secretAccessKey, region, service }: SigningIdentity,
  date = new Date(),
): { 'x-amz-date': string; authorization: string } {
  const dateTime = `${date.toISOString().replace(/[-:]/g, '').slice(0, -'.000Z'.length)}Z`
  const scope = { accessKeyId, date: dateTime.slice(0, 8), region, service, terminator: 'aws4_request' }
  const signedHeaders = ['host', 'x-amz-date']
  const canonical = canonicalRequest({
    method,
    uri: canonicalUri(path, 'normalised'),
    query: '',
    headers: new Map([
      ['host', host],
      ['x-amz-date', dateTime],
    ]),
    signedHeaders,
    payloadHash: hash('sha256', body),
  })
  const toSign = stringToSign(dateTime, scopeText(scope), canonical)
  const signature = signatureOf(deriveSigningKey(secretAccessKey, scope), toSign)
  const credential = `${accessKeyId}/${scopeText(scope)}`
  const authorization = `${signingAlgorithm} Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`
  return { 'x-amz-date': dateTime, authorization }
}
