import {
  bitString,
  boolean,
  integer,
  nothing,
  objectIdentifier,
  octetString,
  sequence,
  set,
  tagged,
  taggedBytes,
  time,
  utf8String,
} from './der.ts'

export interface CertificateSpec {
  /** DER: SubjectPublicKeyInfo. */
  publicKey: Uint8Array
  /** Of the subject, who is the issuer too. */
  commonName: string
  serialNumber: Uint8Array
  fromMs: number
  untilMs: number
}

/** Returns what a certificate states, which its subject signs. @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1 */
export function certificateToSign(spec: CertificateSpec): Buffer {
  const name = sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(spec.commonName))))
  return sequence(
    tagged(0, integer(Buffer.of(2))),
    integer(spec.serialNumber),
    sha256WithRsa(),
    name,
    sequence(time(spec.fromMs), time(spec.untilMs)),
    name,
    spec.publicKey,
    tagged(3, sequence(...extensions(spec.commonName))),
  )
}

const extensions = (hostName: string): Buffer[] => [
  // Signatures only: no certificate is issued with it.
  extension('2.5.29.19', true, sequence()),
  extension('2.5.29.15', true, bitString(Buffer.of(0x80), 7)),
  extension('2.5.29.17', false, sequence(taggedBytes(2, Buffer.from(hostName)))),
]

const extension = (id: string, isCritical: boolean, value: Buffer): Buffer =>
  sequence(objectIdentifier(id), ...(isCritical ? [boolean(true)] : []), octetString(value))

const sha256WithRsa = () => sequence(objectIdentifier('1.2.840.113549.1.1.11'), nothing())

/** The certificate with its signature, made with SHA-256 and RSA, as PEM. */
export function certificatePem(signed: Uint8Array, signature: Uint8Array): string {
  const der = sequence(signed, sha256WithRsa(), bitString(signature))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
