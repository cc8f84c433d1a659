import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Sealer } from '../core/sealer.ts'

/**
 * Why a request was refused, in the form of DecodeAuthorizationMessage.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
 */
export interface AuthorizationMessage {
  allowed: boolean
  explicitDeny: boolean
  matchedStatements: { items: readonly object[] }
  failures: { items: readonly object[] }
  context: {
    principal: { id: string; arn: string }
    action: string
    resource: string
    conditions: { items: readonly { key: string; values: { items: readonly { value: string }[] } }[] }
  }
}

/**
 * Seals a message for an error text. A reader of the error learns nothing from it; the account that it belongs to can have it
 * decoded.
 * @returns letters, digits, `-` and `_`.
 */
export function encodeAuthorizationMessage(sealer: Sealer, accountId: string, message: AuthorizationMessage): string {
  return sealer.seal(deflateRawSync(JSON.stringify(message)), sealContext(accountId)).toString('base64url')
}

/** @returns the message; undefined when the text is none, was altered, or belongs to another account. */
export function decodeAuthorizationMessage(
  sealer: Sealer,
  accountId: string,
  encoded: string,
): AuthorizationMessage | undefined {
  const sealed = Buffer.from(encoded, 'base64url')
  // Base64 has spellings that decode alike; only the one that was sent out is good.
  if (sealed.toString('base64url') !== encoded) return undefined
  let compressed: Buffer
  try {
    compressed = sealer.open(sealed, sealContext(accountId))
  } catch {
    return undefined
  }
  return JSON.parse(inflateRawSync(compressed).toString())
}

const sealContext = (accountId: string) => `authorization-message/${accountId}`
