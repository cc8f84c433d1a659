import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { dayMs } from '../../../core/durations.ts'
import type { Caller } from '../../../core/principal.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { Transaction } from '../../../core/store.ts'
import type { RoleSessions } from '../../../kit/role-sessions.ts'
import { cloudtrailPrincipal } from '../delivery/bucket-writer.ts'
import { type LakeRow, lakeColumns, lakeRow } from '../domain/lake/columns.ts'
import { invalidImportSource } from '../domain/lake/errors.ts'
import { type EventDataStore, keptSinceMs } from '../domain/lake/event-data-store.ts'
import { type ImportFailure, importFailures, isRunning, type LakeImport, lakeImports } from '../storage/lake-imports.ts'
import { storeById } from '../storage/lake-stores.ts'
import { addBatches, storeRows } from './batches.ts'
import { importWork } from './kinds.ts'
import type { LakeHost } from './write-events.ts'

const unzip = promisify(gunzip)

/** Objects that one slice looks at, and events after which it ends. */
const objectsAtOnce = 50
const eventsAtOnce = 20_000
const mostObjectBytes = 64 * 1024 * 1024

export interface ImportHost extends LakeHost {
  roles: RoleSessions
}

/** @throws ServiceError InvalidImportSourceException */
export function readSourceUri(uri: string): { bucket: string; prefix: string } {
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(uri) ?? []
  if (bucket === undefined) throw invalidImportSource(`${uri} is not the S3 URI of a bucket.`)
  return { bucket, prefix }
}

/** Returns the caller that CloudTrail is when it imports: a session of the role that was given. @throws ServiceError of STS. */
export const importCaller = (roles: RoleSessions, one: LakeImport): Promise<Caller> =>
  roles.caller({
    ...{ roleArn: one.source.roleArn, sessionName: 'CloudTrailImport', principal: cloudtrailPrincipal },
    ...{ source: { arn: one.storeArn, accountId: one.accountId }, region: one.source.region },
  })

export const scheduleImport = (tx: Transaction, one: LakeImport, dueAtMs: number): Promise<void> =>
  tx.schedule({
    ...{ kind: importWork, key: one.id, dueAtMs },
    ...{ scope: { accountId: one.accountId, region: one.region }, payload: {} },
  })

/** Log files of trails, which have the day in their path; digests and Insights are others. */
const logFile = /(?:^|\/)(?:[\w-]+\/)*CloudTrail\/[a-z0-9-]+\/(\d{4})\/(\d\d)\/(\d\d)\/[^/]+\.json\.gz$/

/**
 * Imports a slice: the next objects, whose events are committed with the place up to which they were read. What is tried again
 * therefore copies nothing twice.
 */
export const importRunner =
  (host: ImportHost): WorkRunner =>
  async ({ key, scope }) => {
    const one = await host.store.in(lakeImports).get(scope, key)
    const store = one && (await storeById(host.store, one.storeId))
    if (!one || !store || !isRunning(one)) return async () => undefined
    const slice = await readSlice(host, one, store)
    const stored = await storeRows(host, store, slice.rows)
    const nowMs = host.clock.nowMs()
    return async (tx) => {
      const present = await tx.in(lakeImports).get(scope, key)
      if (!present || !isRunning(present) || present.afterKey !== one.afterKey) return undefined
      await addBatches(tx, host, stored)
      let { failed } = present.statistics
      for (const failure of slice.failures) {
        const id = `${key}:${failure.location}`
        const before = await tx.in(importFailures).get(scope, id)
        if (before?.status !== 'FAILED' && before?.status !== 'RETRY') failed++
        await tx.in(importFailures).put(scope, id, { ...failure, updatedAtMs: nowMs })
      }
      for (const location of slice.recovered) {
        const id = `${key}:${location}`
        const before = await tx.in(importFailures).get(scope, id)
        if (!before || before.status === 'SUCCEEDED') continue
        failed--
        await tx.in(importFailures).put(scope, id, { ...before, status: 'SUCCEEDED', updatedAtMs: nowMs })
      }
      const { statistics } = present
      const { afterKey: _, ...rest } = present
      await tx.in(lakeImports).put(scope, key, {
        ...rest,
        ...(slice.lastPrefix !== undefined && { lastPrefix: slice.lastPrefix }),
        ...(!slice.isLast && slice.afterKey !== undefined && { afterKey: slice.afterKey }),
        status: slice.isLast ? (failed > 0 || slice.isRefused ? 'FAILED' : 'COMPLETED') : 'IN_PROGRESS',
        updatedAtMs: nowMs,
        statistics: {
          prefixes: statistics.prefixes + slice.prefixes,
          prefixesCompleted: statistics.prefixes + slice.prefixes - (slice.isLast ? 0 : 1),
          files: statistics.files + slice.files,
          events: statistics.events + slice.rows.length,
          failed,
        },
      })
      return slice.isLast ? undefined : { payload: {} }
    }
  }

interface Slice {
  rows: LakeRow[]
  failures: ImportFailure[]
  /** Locations of objects that were read. */
  recovered: string[]
  files: number
  /** How many folders of days are new. */
  prefixes: number
  lastPrefix: string | undefined
  afterKey: string | undefined
  isLast: boolean
  /** The bucket cannot be listed. */
  isRefused: boolean
}

async function readSlice(host: ImportHost, one: LakeImport, store: EventDataStore): Promise<Slice> {
  const { bucket: Bucket, prefix: Prefix } = readSourceUri(one.source.uri)
  const slice: Slice = {
    ...{ rows: [], failures: [], recovered: [], files: 0, prefixes: 0 },
    ...{ lastPrefix: one.lastPrefix, afterKey: one.afterKey, isLast: false, isRefused: false },
  }
  const { region } = one.source
  try {
    const caller = await importCaller(host.roles, one)
    const input = {
      Bucket,
      Prefix,
      MaxKeys: objectsAtOnce,
      ...(one.afterKey !== undefined && { StartAfter: one.afterKey }),
    }
    const listed = await host.calls.invoke({ caller, region, service: 's3', operation: 'ListObjectsV2', input })
    const found = listed.Contents ?? []
    for (const { Key = '', Size = 0 } of found) {
      slice.afterKey = Key
      await readObject(host, { one, store, caller, Bucket, Key, Size }, slice)
      if (slice.rows.length >= eventsAtOnce) break
    }
    slice.isLast = listed.IsTruncated !== true && slice.afterKey === (found.at(-1)?.Key ?? one.afterKey)
  } catch (error) {
    if (!(error instanceof ServiceError) || error.status >= 500) throw error
    slice.failures.push(failureOf(one.source.uri, error.code, error.message))
    slice.isLast = true
    slice.isRefused = true
  }
  return slice
}

const failureOf = (location: string, errorType: string, message: string): ImportFailure => ({
  ...{ location, status: 'FAILED', errorType, message, updatedAtMs: 0 },
})

async function readObject(
  host: ImportHost,
  asked: { one: LakeImport; store: EventDataStore; caller: Caller; Bucket: string; Key: string; Size: number },
  slice: Slice,
): Promise<void> {
  const { one, store, caller, Bucket, Key, Size } = asked
  const found = logFile.exec(Key)
  if (!found) return
  const [, year, month, day] = found
  const dayStart = Date.parse(`${year}-${month}-${day}T00:00:00Z`)
  if (one.startMs !== undefined && dayStart < Math.floor(one.startMs / dayMs) * dayMs) return
  if (one.endMs !== undefined && dayStart > one.endMs) return
  const location = `s3://${Bucket}/${Key}`
  const before = await host.store.in(importFailures).get(one, `${one.id}:${location}`)
  // A retry reads what failed; the rest is in the store.
  if (one.round > 0 && before?.status !== 'FAILED' && before?.status !== 'RETRY') return
  const prefix = Key.slice(0, Key.lastIndexOf('/') + 1)
  if (prefix !== slice.lastPrefix) slice.prefixes++
  slice.lastPrefix = prefix
  if (Size > mostObjectBytes) {
    slice.failures.push(failureOf(location, 'ObjectTooLarge', 'The object is larger than log files are.'))
    return
  }
  try {
    const { Body } = await host.calls.invoke({
      ...{ caller, region: one.source.region, service: 's3', operation: 'GetObject', input: { Bucket, Key } },
    })
    const bytes = Buffer.isBuffer(Body) ? Body : await buffer(Body)
    const rows = rowsOf(await unzip(bytes, { maxOutputLength: 4 * mostObjectBytes }), one, store, host.clock.nowMs())
    slice.rows.push(...rows)
    slice.files++
    slice.recovered.push(location)
  } catch (error) {
    if (error instanceof ServiceError && error.status >= 500) throw error
    const isOfS3 = error instanceof ServiceError
    slice.failures.push(
      failureOf(
        location,
        isOfS3 ? error.code : 'InvalidLogFile',
        isOfS3 ? error.message : 'The object is not a log file.',
      ),
    )
  }
}

/** @throws Error for what is not a log file. */
function rowsOf(content: Buffer, one: LakeImport, store: EventDataStore, nowMs: number): LakeRow[] {
  const { Records } = JSON.parse(content.toString()) as { Records: Record<string, unknown>[] }
  const sinceMs = Math.max(keptSinceMs(store, nowMs), one.startMs ?? 0)
  const untilMs = one.endMs ?? Number.POSITIVE_INFINITY
  const columns = lakeColumns(false)
  const rows = Records.map((record) => lakeRow(record, columns))
  if (rows.some(({ timeMs }) => Number.isNaN(timeMs))) throw new Error('an event has no time')
  return rows.filter(({ timeMs }) => timeMs >= sinceMs && timeMs <= untilMs)
}
