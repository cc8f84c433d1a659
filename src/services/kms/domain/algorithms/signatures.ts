import { constants, type KeyObject, sign, verify } from 'node:crypto'
import { promisify } from 'node:util'
import { modulusBytes } from '../../../../crypto/modulus-bytes.ts'
import { signDigest, verifyDigest } from '../../../../crypto/prehashed/signature-threads.ts'
import type { SignableMessage } from './signing-algorithms.ts'

type KeyInput = KeyObject | { key: KeyObject; padding: number; saltLength: number }

const signRaw = promisify<string | null, Uint8Array, KeyInput, Buffer>(sign)
const verifyRaw = promisify<string | null, Uint8Array, KeyInput, Uint8Array, boolean>(verify)

/** PSS as KMS has it: the salt is as long as the digest, and verifying accepts no other. */
const keyInput = (key: KeyObject, pss: boolean | undefined): KeyInput =>
  pss ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : key

/** Signs beside the main thread. ECDSA signatures are DER (ANSI X9.62). */
export const signMessage = async (privateKey: KeyObject, signable: SignableMessage): Promise<Uint8Array> =>
  'raw' in signable
    ? signRaw(signable.raw.hash, signable.message, keyInput(privateKey, signable.raw.pss))
    : signDigest(signable.scheme, privateKey, signable.message)

/** @returns false for whatever is not this key's signature of the message, malformed bytes included. */
export const verifyMessage = async (
  publicKey: KeyObject,
  signable: SignableMessage,
  signature: Uint8Array,
): Promise<boolean> => {
  if (publicKey.asymmetricKeyType === 'rsa' && signature.length !== modulusBytes(publicKey)) return false
  return 'raw' in signable
    ? verifyRaw(signable.raw.hash, signable.message, keyInput(publicKey, signable.raw.pss), signature)
    : verifyDigest(signable.scheme, publicKey, signable.message, signature)
}
