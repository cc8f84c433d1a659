import { invalidKey, keyTooLong } from './errors.ts'

const mostBytes = 1024

/** @throws ServiceError KeyTooLongError, InvalidURI for what no database keeps in a text. */
export function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key)
  if (bytes > mostBytes) throw keyTooLong(bytes)
  if (key.includes('\0') || !key.isWellFormed()) throw invalidKey()
}
