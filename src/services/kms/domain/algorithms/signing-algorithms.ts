import type { MessageType, SigningAlgorithmSpec } from '@aws-sdk/client-kms'
import type { PrehashedScheme } from '../../../../crypto/prehashed/signatures.ts'
import { digestLengthInvalid, messageTypeNotValid } from '../errors.ts'

/** How an algorithm signs each type of message that it takes. */
export interface SigningAlgorithm {
  /** What node:crypto hashes and signs; absent for algorithms that do not take RAW. */
  raw?: { hash: string | null; pss?: boolean }
  /** What the caller has hashed. */
  hashed?: { messageType: Exclude<MessageType, 'RAW'>; bytes: number; scheme: PrehashedScheme }
}

const rsa = (kind: 'rsa-pkcs1' | 'rsa-pss', bits: 256 | 384 | 512): SigningAlgorithm => ({
  raw: { hash: `sha${bits}`, pss: kind === 'rsa-pss' },
  hashed: { messageType: 'DIGEST', bytes: bits / 8, scheme: { kind, hash: `sha${bits}` } },
})

const ecdsa = (bits: 256 | 384 | 512): SigningAlgorithm => ({
  raw: { hash: `sha${bits}` },
  hashed: { messageType: 'DIGEST', bytes: bits / 8, scheme: { kind: 'ecdsa' } },
})

const algorithms: Readonly<Record<SigningAlgorithmSpec, SigningAlgorithm>> = {
  RSASSA_PKCS1_V1_5_SHA_256: rsa('rsa-pkcs1', 256),
  RSASSA_PKCS1_V1_5_SHA_384: rsa('rsa-pkcs1', 384),
  RSASSA_PKCS1_V1_5_SHA_512: rsa('rsa-pkcs1', 512),
  RSASSA_PSS_SHA_256: rsa('rsa-pss', 256),
  RSASSA_PSS_SHA_384: rsa('rsa-pss', 384),
  RSASSA_PSS_SHA_512: rsa('rsa-pss', 512),
  ECDSA_SHA_256: ecdsa(256),
  ECDSA_SHA_384: ecdsa(384),
  ECDSA_SHA_512: ecdsa(512),
  ED25519_SHA_512: { raw: { hash: null } },
  // The digest is hashed again: the message of Ed25519ph is the 64 bytes that are given.
  ED25519_PH_SHA_512: { hashed: { messageType: 'DIGEST', bytes: 64, scheme: { kind: 'ed25519ph' } } },
  ML_DSA_SHAKE_256: {
    raw: { hash: null },
    hashed: { messageType: 'EXTERNAL_MU', bytes: 64, scheme: { kind: 'ml-dsa-mu' } },
  },
  /** Of no key here: its keys are made in China Regions. */
  SM2DSA: {},
}

/** A message with the way in which it is signed. */
export type SignableMessage = { message: Uint8Array } & (
  | { raw: NonNullable<SigningAlgorithm['raw']> }
  | { scheme: PrehashedScheme }
)

/**
 * Finds how a message is signed.
 * @throws ServiceError ValidationException - the algorithm takes no such messages, or the digest has another length.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
 */
export function signableMessage(
  algorithm: SigningAlgorithmSpec,
  messageType: MessageType,
  message: Uint8Array,
): SignableMessage {
  const { raw, hashed } = algorithms[algorithm]
  if (messageType === 'RAW' && raw) return { message, raw }
  if (messageType !== hashed?.messageType) throw messageTypeNotValid(messageType, algorithm)
  if (message.length !== hashed.bytes) throw digestLengthInvalid(algorithm)
  return { message, scheme: hashed.scheme }
}
