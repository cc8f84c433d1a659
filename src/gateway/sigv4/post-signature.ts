import type { CredentialResolver } from '../../core/credentials.ts'
import { ServiceError } from '../../core/service-error.ts'
import { parseCredential } from '../../crypto/sigv4/scope.ts'
import { deriveSigningKey, signatureOf, signaturesEqual } from '../../crypto/sigv4/signing-key.ts'
import { signingAlgorithm } from '../../crypto/sigv4/string-to-sign.ts'
import type { Authenticated } from './authenticate.ts'
import type { SignatureClaim } from './errors.ts'
import { s3Refusals, signatureVersion2 } from './s3-errors.ts'
import { signerOf } from './signer.ts'
import { parseSigningDate } from './signing-date.ts'

export interface FormAuthenticateOptions {
  /** The service in the credential scope that fits: `s3`. */
  service: string
  resolver: CredentialResolver
  /** Why a Region is not served, as a sentence; undefined for one that is. */
  regionRefusal?(region: string): string | undefined
  unknownKeyHint?: string
}

/**
 * Verifies the signature of a form's policy. The policy says until when it holds, so the date of the signature has no limit of its own.
 *
 * @param fields - by lower-case name.
 * @returns undefined for a form without a policy: its sender is anonymous.
 * @throws ServiceError with S3's codes.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html
 */
export async function authenticateForm(
  fields: ReadonlyMap<string, string>,
  options: FormAuthenticateOptions,
): Promise<Pick<Authenticated, 'caller' | 'region'> | undefined> {
  const { service: expectedService, resolver, regionRefusal, unknownKeyHint } = options
  const signature = fields.get('x-amz-signature')
  const policy = fields.get('policy')
  if (signature === undefined && fields.has('awsaccesskeyid')) throw signatureVersion2()
  if (policy === undefined) {
    if (signature !== undefined) throw fieldNeeded('policy')
    return undefined
  }
  for (const name of ['x-amz-algorithm', 'x-amz-credential', 'x-amz-date', 'x-amz-signature']) {
    if (!fields.get(name)) throw fieldNeeded(name)
  }
  const claim = claimOf(fields)
  if (claim.signer.algorithm !== signingAlgorithm) throw s3Refusals.unsupportedAlgorithm(claim)
  const signed = parseSigningDate(claim.date)
  if (!signed) throw s3Refusals.malformedDate(claim)
  const credential = parseCredential(claim.signer.credential)
  if (!credential) throw s3Refusals.malformedCredential(claim)
  const { region, service, terminator, date } = credential
  const faults = {
    region: !/^[a-z0-9-]{1,32}$/.test(region) || regionRefusal?.(region) !== undefined,
    service: service !== expectedService,
    terminator: terminator !== 'aws4_request',
    date: date !== signed.basic.slice(0, 8),
  }
  if (Object.values(faults).some(Boolean)) {
    throw s3Refusals.wrongScope(credential, { ...faults, expectedService, signed }, 'presigned')
  }
  const resolved = await resolver.resolve(credential.accessKeyId, claim.securityToken)
  if (resolved === 'unknown-key') throw s3Refusals.unknownKey(credential.accessKeyId, unknownKeyHint)
  if (resolved === 'invalid-token') throw s3Refusals.invalidToken()
  const computed = signatureOf(deriveSigningKey(resolved.secretAccessKey, credential), policy)
  if (!signaturesEqual(computed, claim.signature)) {
    const { accessKeyId } = credential
    const mismatch = { accessKeyId, signature: claim.signature, stringToSign: policy, canonicalRequest: '' }
    throw s3Refusals.signatureMismatch(mismatch)
  }
  if ('refused' in resolved) {
    throw resolved.refused === 'expired-token' ? s3Refusals.expiredToken() : s3Refusals.invalidToken()
  }
  return { caller: resolved.caller, region }
}

function claimOf(fields: ReadonlyMap<string, string>): SignatureClaim {
  const of = (name: string) => fields.get(name) ?? ''
  return {
    form: 'presigned',
    authorization: '',
    signer: signerOf({
      algorithm: of('x-amz-algorithm'),
      credential: of('x-amz-credential'),
      signedHeaders: '',
    }),
    signature: of('x-amz-signature'),
    date: of('x-amz-date'),
    expires: '',
    securityToken: fields.get('x-amz-security-token'),
    contentSha256: undefined,
  }
}

const fieldNeeded = (name: string) =>
  new ServiceError(
    'InvalidArgument',
    400,
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    {
      ArgumentName: name,
      ArgumentValue: '',
    },
  )
