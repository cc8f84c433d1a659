import { noValue, secretStringTooLong, tokenNotText, twoValues, valueNotText } from './errors.ts'
import type { PlainValue } from './secret.ts'

/** The members with which requests give a value. */
export interface GivenValue {
  SecretString?: string
  SecretBinary?: Uint8Array
}

const maxBytes = 65_536

/**
 * @returns undefined when there is none.
 * @throws ServiceError InvalidParameterException - both, or text that has no UTF-8 form; ValidationException - text of more
 *   than 65,536 bytes (the service model counts characters).
 */
export function valueIn({ SecretString, SecretBinary }: GivenValue): PlainValue | undefined {
  if (SecretString !== undefined && SecretBinary !== undefined) throw twoValues()
  if (SecretString !== undefined) {
    if (!SecretString.isWellFormed()) throw valueNotText()
    const bytes = Buffer.from(SecretString)
    if (bytes.length > maxBytes) throw secretStringTooLong(maxBytes)
    return { kind: 'SecretString', bytes }
  }
  return SecretBinary && { kind: 'SecretBinary', bytes: SecretBinary }
}

/**
 * Checks a version's id. It is the client's request token, part of an encryption context and of the key of its stored document.
 * @throws ServiceError InvalidParameterException - no text.
 */
export function checkVersionId(versionId: string): void {
  if (!versionId.isWellFormed() || versionId.includes('\0')) throw tokenNotText()
}

/** @throws ServiceError InvalidRequestException - none; InvalidParameterException - both. */
export function requiredValueIn(given: GivenValue): PlainValue {
  const value = valueIn(given)
  if (!value) throw noValue()
  return value
}

/** Returns the value as answers have it. */
export const shownValue = ({ kind, bytes }: PlainValue): GivenValue =>
  kind === 'SecretString' ? { SecretString: Buffer.from(bytes).toString() } : { SecretBinary: bytes }
