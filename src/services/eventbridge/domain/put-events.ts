import type { PutEventsRequestEntry, PutEventsResultEntry } from '@aws-sdk/client-eventbridge'
import { entriesTooLarge } from './errors.ts'

const mostBytes = 256 * 1024
const timeBytes = 14

/** @throws ServiceError ValidationException. */
export function checkSize(entries: readonly PutEventsRequestEntry[]): void {
  if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > mostBytes) throw entriesTooLarge()
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevents-size */
const sizeOf = ({ Time, Source, DetailType, Detail, Resources = [] }: PutEventsRequestEntry): number =>
  [Source, DetailType, Detail, ...Resources].reduce(
    (sum, text) => sum + Buffer.byteLength(text ?? ''),
    Time === undefined ? 0 : timeBytes,
  )

const failed = (ErrorCode: string, ErrorMessage: string): PutEventsResultEntry => ({ ErrorCode, ErrorMessage })

/** @returns why an entry is not accepted; undefined for one that is. */
export function refusalOf(
  { Source, DetailType, Detail }: PutEventsRequestEntry,
  isForwarded: boolean,
): PutEventsResultEntry | undefined {
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if (!value) {
      return failed('InvalidArgument', `Parameter ${name} is not valid. Reason: ${name} is a required argument.`)
    }
  }
  if (!isForwarded && /^aws\./.test(Source ?? '')) {
    return failed('NotAuthorizedForSourceException', 'Not authorized for the source.')
  }
  return isJsonObject(Detail ?? '') ? undefined : failed('MalformedDetail', 'Detail is malformed.')
}

export function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
