import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs'
import { ServiceError } from '../../../core/service-error.ts'
import {
  emptyBatch,
  entryIdsNotDistinct,
  invalidEntryId,
  missingParameter,
  queryErrorCodes,
  tooManyEntries,
} from '../domain/errors.ts'

const mostEntries = 10

/** Checks how many entries a batch has, and their ids. @throws ServiceError */
export function checkBatch<E extends { Id?: string | undefined }>(entries: readonly E[] | undefined): readonly E[] {
  if (!entries || entries.length === 0) throw emptyBatch()
  if (entries.length > mostEntries) throw tooManyEntries(entries.length)
  const ids = new Set<string>()
  for (const { Id } of entries) {
    if (!Id) throw missingParameter('Id')
    if (!/^[\w-]{1,80}$/.test(Id)) throw invalidEntryId()
    if (ids.has(Id)) throw entryIdsNotDistinct(Id)
    ids.add(Id)
  }
  return entries
}

/** What became of each entry of a batch. */
export interface BatchResults<R> {
  Successful: R[]
  Failed: BatchResultErrorEntry[]
}

/** Takes the entries one after the other: each succeeds or is refused by itself. */
export async function eachEntry<E extends { Id?: string | undefined }, R>(
  entries: readonly E[],
  work: (entry: E) => R | Promise<R>,
): Promise<BatchResults<R>> {
  const results: BatchResults<R> = { Successful: [], Failed: [] }
  for (const entry of entries) {
    try {
      results.Successful.push(await work(entry))
    } catch (error) {
      results.Failed.push(failureOf(entry, error))
    }
  }
  return results
}

/** An entry that was refused, with the error's name in the query protocol. @throws what is not a refusal. */
export function failureOf({ Id }: { Id?: string | undefined }, error: unknown): BatchResultErrorEntry {
  if (!(error instanceof ServiceError)) throw error
  const { code, message, status } = error
  return { Id, SenderFault: status < 500, Code: queryErrorCodes[code] ?? code, Message: message }
}
