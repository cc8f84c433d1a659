import { createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { isOneDerSequence, isRefusedByOpenSsl } from './der.ts'

interface Pair {
  privateKey: KeyObject
  publicKey: KeyObject
}

const agree = promisify<Pair, Buffer>(diffieHellman)

/**
 * Reads the public key of the other party.
 * @param ours - the key pair it is to agree with.
 * @returns undefined for what is not a public key on the same named curve, SubjectPublicKeyInfo, DER.
 */
export function parsePeerKey(bytes: Uint8Array, ours: KeyObject): KeyObject | undefined {
  const peer = isOneDerSequence(bytes) ? parsePublicKey(bytes) : undefined
  const { namedCurve } = ours.asymmetricKeyDetails ?? {}
  const isOnCurve = peer?.asymmetricKeyType === 'ec' && peer.asymmetricKeyDetails?.namedCurve === namedCurve
  return isOnCurve ? peer : undefined
}

function parsePublicKey(bytes: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(bytes), format: 'der', type: 'spki' })
  } catch (error) {
    if (isRefusedByOpenSsl(error)) return undefined
    throw error
  }
}

/** ECDH (NIST SP 800-56A): the x-coordinate as it is, from which callers derive their keys. Runs beside the main thread. */
export const sharedSecret = (privateKey: KeyObject, peer: KeyObject): Promise<Buffer> =>
  agree({ privateKey, publicKey: peer })
