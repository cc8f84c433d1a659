import { createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { isRefusedByOpenSsl } from '../material/der.ts'

interface Pair {
  privateKey: KeyObject
  publicKey: KeyObject
}

const spki = { format: 'der', type: 'spki' } as const

const agree = promisify<Pair, Buffer>(diffieHellman)

/**
 * Reads the public key of the other party.
 * @param ours - the key pair it is to agree with.
 * @returns undefined for what is not a public key on the same named curve, SubjectPublicKeyInfo, DER.
 */
export function parsePeerKey(bytes: Uint8Array, ours: KeyObject): KeyObject | undefined {
  const peer = parsePublicKey(bytes)
  const { namedCurve = '' } = ours.asymmetricKeyDetails ?? {}
  const isOnCurve = peer?.asymmetricKeyType === 'ec' && peer.asymmetricKeyDetails?.namedCurve === namedCurve
  return isOnCurve && !isHybrid(bytes, namedCurve) ? peer : undefined
}

const fieldBytes: Readonly<Record<string, number>> = { prime256v1: 32, secp384r1: 48, secp521r1: 66 }

/** A point with both coordinates and the sign of one (X9.62's hybrid form), which OpenSSL takes and RFC 5480 forbids. */
function isHybrid(bytes: Uint8Array, namedCurve: string): boolean {
  const form = bytes.at(-1 - 2 * (fieldBytes[namedCurve] ?? 0))
  return form === 6 || form === 7
}

function parsePublicKey(bytes: Uint8Array): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(bytes), ...spki })
    // DER has one form. OpenSSL passes over what follows, and over unused bits that are announced and are none.
    return key.export(spki).equals(bytes) ? key : undefined
  } catch (error) {
    if (isRefusedByOpenSsl(error)) return undefined
    throw error
  }
}

/** ECDH (NIST SP 800-56A): the x-coordinate as it is, from which callers derive their keys. Runs beside the main thread. */
export const sharedSecret = (privateKey: KeyObject, peer: KeyObject): Promise<Buffer> =>
  agree({ privateKey, publicKey: peer })
