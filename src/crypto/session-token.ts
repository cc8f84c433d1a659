import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { BoundedMap } from '../core/bounded-map.ts'
import { newAccessKeyId, newSecretAccessKey } from '../core/identifiers.ts'
import type { SessionContext, SignedPrincipal } from '../core/principal.ts'
import type { Sealer } from '../core/sealer.ts'

/** Temporary credentials as STS hands them out. */
export interface TemporaryCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
  expiration: Date
}

/** The content of a session token. */
export interface SealedSession {
  principal: SignedPrincipal
  session: SessionContext
  secretAccessKey: string
}

export interface SessionTokens {
  /**
   * Makes credentials of a new session; nothing is stored.
   * @param minimumCharacters - the token is padded to at least this length; 0 leaves it as it comes.
   */
  issue(principal: SignedPrincipal, session: SessionContext, minimumCharacters?: number): TemporaryCredentials
  /**
   * What was sealed, whether expired or not; undefined when the token was altered, made up or issued with another key.
   * The answer may be shared with other callers.
   */
  open(sessionToken: string, accessKeyId: string): SealedSession | undefined
}

// The first byte of a token; a change to what is sealed gets a new number, so that old tokens are refused and not misread.
const version = 1
const sessionTokenMinimumCharacters = 300
const lengthBytes = 2
const remembered = 2000

/**
 * Session tokens that need no look-up: base64 of a version byte and the sealed session. The seal is bound to the access key
 * id, so a token opens for its own key alone. Every node with the same sealer reads every node's tokens, and only these nodes
 * can make one.
 */
export function createSessionTokens(sealer: Sealer): SessionTokens {
  const overheadBytes = 1 + sealer.seal(new Uint8Array(), '').length
  // Requests repeat their tokens: opening one costs a decryption and a JSON parse.
  const opened = new BoundedMap<string, { accessKeyId: string; sealed: SealedSession }>(remembered)

  function openSealed(sessionToken: string, accessKeyId: string): SealedSession | undefined {
    const bytes = Buffer.from(sessionToken, 'base64')
    // Base64 has spellings that decode alike; only the one that was issued is good.
    if (bytes[0] !== version || bytes.toString('base64') !== sessionToken) return undefined
    const body = openSeal(bytes.subarray(1), accessKeyId)
    return body && unpack(body)
  }

  function openSeal(sealed: Uint8Array, accessKeyId: string): Buffer | undefined {
    try {
      return sealer.open(sealed, sealContext(accessKeyId))
    } catch {
      // The seal does not fit: altered, of another key, or of another server.
      return undefined
    }
  }

  return {
    issue(principal, session, minimumCharacters = 0) {
      const accessKeyId = newAccessKeyId('ASIA', principal.accountId)
      const secretAccessKey = newSecretAccessKey()
      const characters = Math.max(minimumCharacters, sessionTokenMinimumCharacters)
      const body = pack({ principal, session, secretAccessKey }, Math.ceil(characters / 4) * 3 - overheadBytes)
      const token = Buffer.concat([Buffer.of(version), sealer.seal(body, sealContext(accessKeyId))])
      const expiration = new Date(session.expiresAtMs)
      return { accessKeyId, secretAccessKey, sessionToken: token.toString('base64'), expiration }
    },

    open(sessionToken, accessKeyId) {
      const known = opened.get(sessionToken)
      if (known) return known.accessKeyId === accessKeyId ? known.sealed : undefined
      const sealed = openSealed(sessionToken, accessKeyId)
      if (!sealed) return undefined
      opened.set(sessionToken, { accessKeyId, sealed })
      return sealed
    },
  }
}

const sealContext = (accessKeyId: string) => `session-token/${version}/${accessKeyId}`

/** Length, compressed JSON, zeros up to the size wished for. */
function pack(session: SealedSession, minimumBytes: number): Buffer {
  const compressed = deflateRawSync(JSON.stringify(session))
  const body = Buffer.alloc(Math.max(minimumBytes, lengthBytes + compressed.length))
  body.writeUInt16BE(compressed.length)
  compressed.copy(body, lengthBytes)
  return body
}

// The seal has shown that these bytes are ours, so their shape is not checked again.
function unpack(body: Buffer): SealedSession {
  const compressed = body.subarray(lengthBytes, lengthBytes + body.readUInt16BE())
  return JSON.parse(inflateRawSync(compressed).toString())
}
