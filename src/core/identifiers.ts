import { randomBytes } from 'node:crypto'

/**
 * Unique ids of identities and access keys, as the IAM User Guide, "IAM identifiers", describes them: a prefix of four
 * letters that tells the kind, the account, and chance. All are written in the base32 alphabet of RFC 4648.
 */
export type EntityIdPrefix = 'AIDA' | 'AGPA' | 'AROA' | 'ANPA' | 'AIPA'
export type AccessKeyIdPrefix = 'AKIA' | 'ASIA'

/** A new id of a user, group, role, policy or instance profile: 21 characters. */
export const newEntityId = (prefix: EntityIdPrefix, accountId: string): string => newId(prefix, accountId, 21)

/** A new access key id, long-term (`AKIA`) or temporary (`ASIA`): 20 characters. */
export const newAccessKeyId = (prefix: AccessKeyIdPrefix, accountId: string): string => newId(prefix, accountId, 20)

/** An id that is the same in every run: of what a development server makes. @param letters - as many as chance would fill. */
export const fixedId = (prefix: EntityIdPrefix | AccessKeyIdPrefix, accountId: string, letters: string): string =>
  newId(
    prefix,
    accountId,
    12 + letters.length,
    Uint8Array.from(letters, (letter) => alphabet.indexOf(letter)),
  )

/** A new secret access key: 240 random bits, 40 characters of base64. */
export const newSecretAccessKey = (): string => randomBytes(30).toString('base64')

/**
 * The account inside an id; the id itself need not exist.
 * @returns 12 digits; undefined for text that is not an id, and for ids of the form before accounts were encoded.
 */
export function accountOfId(id: string): string | undefined {
  if (!/^[A-Z]{4}[A-Z2-7]{12,}$/.test(id)) return undefined
  const value = [...id.slice(4, 12)].reduce((sum, letter) => sum * 32 + alphabet.indexOf(letter), 0)
  const half = value - halfOffset
  const account = 2 * half + (alphabet.indexOf(id.charAt(12)) >= oddHalf ? 1 : 0)
  return half >= 0 && account <= 999_999_999_999 ? String(account).padStart(12, '0') : undefined
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

// Five bytes whose first bit is set hold half of the account number; the next letter tells odd (Q…7) from even (A…P).
const halfOffset = 2 ** 39
const oddHalf = 16

function newId(prefix: string, accountId: string, length: number, chosen?: Uint8Array): string {
  const account = Number(accountId)
  if (!/^\d{12}$/.test(accountId)) throw new Error(`not an account id: ${accountId}`)
  let rest = Math.floor(account / 2) + halfOffset
  let encoded = ''
  for (let place = 0; place < 8; place++) {
    encoded = alphabet.charAt(rest % 32) + encoded
    rest = Math.floor(rest / 32)
  }
  const [parity = 0, ...chance] = chosen ?? randomBytes(length - prefix.length - encoded.length)
  const parityLetter = alphabet.charAt((parity % oddHalf) + (account % 2) * oddHalf)
  return prefix + encoded + parityLetter + Array.from(chance, (byte) => alphabet.charAt(byte % 32)).join('')
}
