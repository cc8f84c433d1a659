import { BoundedMap } from '../../core/bounded-map.ts'
import { type CredentialScope, parseCredential } from '../../crypto/sigv4/scope.ts'
import { parseAuthorization } from './authorization-header.ts'

/** The claimed credential scope and signed headers of a request, which a client repeats in all that it signs in a day. */
export interface Signer {
  algorithm: string
  credential: string
  signedHeaders: string
  /** The credential's parts; undefined when there are not five. */
  scope: CredentialScope | undefined
  /** Of the signed headers: lower case, sorted. */
  names: readonly string[]
  nameSet: ReadonlySet<string>
}

/** Reads the parts of a claim that a signer repeats. */
export function signerOf(parts: { algorithm: string; credential: string; signedHeaders: string }): Signer {
  const { algorithm, credential, signedHeaders } = parts
  const names = signedHeaders.toLowerCase().split(';').sort()
  return { algorithm, credential, signedHeaders, scope: parseCredential(credential), names, nameSet: new Set(names) }
}

/**
 * Reads Authorization headers, and remembers what the latest ones said before their signatures. What it answers follows
 * from the header's text alone, whether it is remembered or not; nothing in it is verified.
 */
export class AuthorizationReader {
  readonly #signers: BoundedMap<string, Signer>

  constructor(limit = 256) {
    this.#signers = new BoundedMap(limit)
  }

  get remembered(): number {
    return this.#signers.size
  }

  read(header: string): { signer: Signer; signature: string } {
    const before = header.slice(0, -signatureDigits)
    const signature = header.slice(-signatureDigits)
    // Digits after the name are a whole part: the header's other parts are those of the text before.
    const repeats = before.length <= longestRemembered && endsInName(before) && onlyDigits.test(signature)
    const known = repeats ? this.#signers.get(before) : undefined
    if (known) return { signer: known, signature }
    const parts = parseAuthorization(header)
    const signer = signerOf(parts)
    // A signature that comes twice is not the one at the end.
    if (repeats && parts.signature === signature) this.#signers.set(before, signer)
    return { signer, signature: parts.signature }
  }
}

/** Hex digits of a signature. */
const signatureDigits = 64
const onlyDigits = /^[0-9a-f]{64}$/
/** With a session's token elsewhere, the text before a signature has some 200 characters. */
const longestRemembered = 1024

const endsInName = (before: string) => before.endsWith(' Signature=') || before.endsWith(',Signature=')

const authorizations = new AuthorizationReader()

/** Takes an Authorization header apart. Never throws. */
export const readAuthorization = (header: string): { signer: Signer; signature: string } => authorizations.read(header)
