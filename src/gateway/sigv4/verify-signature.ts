import {
  canonicalQuery,
  canonicalRequest,
  canonicalUri,
  type QueryParameter,
} from '../../crypto/sigv4/canonical-request.ts'
import { type CredentialScope, scopeText } from '../../crypto/sigv4/scope.ts'
import { deriveSigningKey, SigningKeyCache, signatureOf, signaturesEqual } from '../../crypto/sigv4/signing-key.ts'
import { stringToSign } from '../../crypto/sigv4/string-to-sign.ts'
import type { WireRequest } from '../http/wire.ts'
import type { Refusals, SignatureClaim } from './errors.ts'
import { withoutParameter } from './presigned-query.ts'
import type { SigningDate } from './signing-date.ts'

/** A request read in full, with everything that its signature is about. */
export interface SignedRequest {
  request: WireRequest
  headers: ReadonlyMap<string, string>
  parameters: readonly QueryParameter[]
  claim: SignatureClaim
  signed: SigningDate
  credential: CredentialScope
  s3: boolean
}

const signingKeys = new SigningKeyCache()

/**
 * Computes the signature that a request should have and compares.
 *
 * @returns the key that signed it.
 * @throws ServiceError when the request has another signature.
 */
export function verifySignature(
  signedRequest: SignedRequest,
  payloadHash: string,
  secretAccessKey: string,
  refuse: Refusals,
): Buffer {
  const { claim, credential, parameters, s3 } = signedRequest
  const kept = signingKeys.get(claim.signer.credential, secretAccessKey)
  const signingKey = kept ?? deriveSigningKey(secretAccessKey, credential)
  const presigned = claim.form === 'presigned'
  const signedParameters = presigned ? withoutParameter(parameters, 'signature', s3) : parameters
  const texts = signedTexts(signedRequest, payloadHash, signedParameters)
  const verified =
    signsWhatIsThere(signedRequest, payloadHash) &&
    (signaturesEqual(signatureOf(signingKey, texts.stringToSign), claim.signature) ||
      (presigned && verifiesWithoutToken(signedRequest, payloadHash, signingKey)))
  if (!verified) {
    throw refuse.signatureMismatch({ accessKeyId: credential.accessKeyId, signature: claim.signature, ...texts })
  }
  if (!kept) signingKeys.keep(claim.signer.credential, secretAccessKey, signingKey)
  return signingKey
}

/**
 * A header that was signed and is gone is not the same as an empty one. Outside S3 the payload hash is the body's own,
 * and x-amz-content-sha256 must not say another.
 */
function signsWhatIsThere({ headers, claim, s3 }: SignedRequest, payloadHash: string): boolean {
  if (!claim.signer.names.every((name) => headers.has(name))) return false
  return s3 || claim.contentSha256 === undefined || claim.contentSha256 === payloadHash
}

/**
 * Some signers append the session token to a presigned URL after signing, as AWS allows. The token needs no signature:
 * it is good for one access key only.
 */
function verifiesWithoutToken(signedRequest: SignedRequest, payloadHash: string, signingKey: Buffer): boolean {
  const { claim, parameters, s3 } = signedRequest
  const withoutToken = withoutParameter(parameters, 'securityToken', s3)
  if (withoutToken.length === parameters.length) return false
  const texts = signedTexts(signedRequest, payloadHash, withoutParameter(withoutToken, 'signature', s3))
  return signaturesEqual(signatureOf(signingKey, texts.stringToSign), claim.signature)
}

function signedTexts(signedRequest: SignedRequest, payloadHash: string, parameters: readonly QueryParameter[]) {
  const { request, headers, signed, claim, credential, s3 } = signedRequest
  const canonical = canonicalRequest({
    method: request.method,
    uri: canonicalUri(request.path, s3 ? 's3' : 'normalised'),
    query: canonicalQuery(parameters),
    headers,
    signedHeaders: claim.signer.names,
    payloadHash,
  })
  return {
    canonicalRequest: canonical,
    stringToSign: stringToSign(signed.basic, scopeText(credential), canonical),
  }
}
