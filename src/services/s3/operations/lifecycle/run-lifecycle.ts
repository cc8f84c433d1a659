import { dayMs } from '../../../../core/durations.ts'
import type { WorkRunner } from '../../../../core/scheduler.ts'
import type { ServiceHost } from '../../../../core/services/service-module.ts'
import type { Transaction } from '../../../../core/store.ts'
import { newRequestId } from '../../../../core/uuid.ts'
import type { Deliveries } from '../../../../kit/deliveries/deliveries.ts'
import type { Bucket } from '../../domain/bucket.ts'
import {
  abortsUpload,
  type LifecycleAction,
  lifecycleAction,
  type PlacedVersion,
} from '../../domain/lifecycle-actions.ts'
import type { ObjectVersion } from '../../domain/object.ts'
import { checkUnlocked } from '../../domain/object-lock.ts'
import { buckets, everywhere } from '../../storage/buckets.ts'
import type { Contents } from '../../storage/contents.ts'
import { allVersions, beforeVersions, type VersionPlace } from '../../storage/listing.ts'
import { activeUploads, endUpload, findUpload } from '../../storage/uploads.ts'
import { BucketVersions, type StoredVersion } from '../../storage/versions.ts'
import { scheduleUploadRemoval } from '../multipart/remove-uploads.ts'
import { type Happened, type NotifyFrom, notify, s3Principal } from '../notifications/notify.ts'
import { deleteIn } from '../objects/delete-object.ts'
import { lifecycleOf } from './lifecycle-of.ts'

/** The kind of due work that carries out the rules of a bucket, every day; its key is the bucket's name. */
export const lifecycleWork = 's3.lifecycle'

/** Behind every key. */
const behindKeys = '\u{10ffff}'
const pageSize = 500

/** How far a day's work has come. */
interface Progress {
  bucketId: string
  phase: 'uploads' | 'versions'
  upload: { key: string; uploadId: string }
  place: VersionPlace
  /** The version behind which the page begins: whose key, when it was written, and how many noncurrent ones came before. */
  last?: { key: string; modifiedMs: number; noncurrent: number }
}

const start = (bucketId: string): Progress => ({
  ...{ bucketId, phase: 'uploads' },
  upload: { key: '', uploadId: '' },
  place: { key: '', place: beforeVersions },
})

/** Makes the rules of a bucket be carried out from the next midnight on, where it has any. */
export async function scheduleLifecycle(tx: Transaction, bucket: Bucket, nowMs: number): Promise<void> {
  const { name, id, accountId, region } = bucket
  if (!bucket.configurations.lifecycle) return tx.unschedule(lifecycleWork, name)
  const dueAtMs = (Math.floor(nowMs / dayMs) + 1) * dayMs
  await tx.schedule({ kind: lifecycleWork, key: name, dueAtMs, scope: { accountId, region }, payload: start(id) })
}

interface Dependencies extends Pick<ServiceHost, 'store' | 'clock'> {
  contents: Contents
  deliveries: Deliveries
}

/**
 * Carries out a bucket's rules, some hundred objects in a transaction. Nothing is recorded for what goes, as on AWS; notifications
 * report it.
 */
export function lifecycleRunner(dependencies: Dependencies): WorkRunner {
  const { store, clock } = dependencies
  return async ({ key: name, payload }) => {
    const progress = payload as Progress
    const bucket = await store.in(buckets).get(everywhere, name)
    if (bucket?.id !== progress.bucketId || !bucket.configurations.lifecycle) return async () => {}
    const nowMs = clock.nowMs()
    const { changes, next } =
      progress.phase === 'uploads'
        ? await abortUploads(dependencies, bucket, progress, nowMs)
        : await actOnVersions(dependencies, bucket, progress, nowMs)
    return async (tx) => {
      // When its rules are changed meanwhile, the work is taken away, and this is not committed.
      const present = await tx.in(buckets).get(everywhere, name)
      if (present?.id !== bucket.id) return undefined
      for (const change of changes) await change(tx, present)
      if (next) return { payload: next }
      await scheduleLifecycle(tx, present, nowMs)
      return undefined
    }
  }
}

type Change = (tx: Transaction, bucket: Bucket) => Promise<void>

async function abortUploads({ store }: Dependencies, bucket: Bucket, progress: Progress, nowMs: number) {
  const place = { ...progress.upload, before: behindKeys, limit: pageSize }
  const uploads = await activeUploads(store.sql('s3'), bucket.id, place)
  const { Rules } = lifecycleOf(bucket) ?? { Rules: [] }
  const changes = uploads
    .filter(({ key, initiatedMs }) => Rules.some((rule) => abortsUpload(rule, key, initiatedMs, nowMs)))
    .map(
      ({ key, uploadId }): Change =>
        async (tx) => {
          const sql = tx.sql('s3')
          const upload = await findUpload(sql, bucket.id, key, uploadId)
          if (!upload?.isActive) return
          await endUpload(sql, bucket.id, upload)
          await scheduleUploadRemoval(tx, bucket, upload, nowMs)
        },
    )
  const last = uploads.at(-1)
  const next: Progress =
    uploads.length === pageSize && last
      ? { ...progress, upload: { key: last.key, uploadId: last.uploadId } }
      : { ...progress, phase: 'versions' }
  return { changes, next }
}

async function actOnVersions(dependencies: Dependencies, bucket: Bucket, progress: Progress, nowMs: number) {
  const sql = dependencies.store.sql('s3')
  const rows = allVersions({ sql, bucket: bucket.id, before: behindKeys })
  // One more than the page, so that each version's successor is known.
  const found = await rows.read(progress.place, pageSize + 1)
  const lifecycle = lifecycleOf(bucket)
  const changes: Change[] = []
  let { last } = progress
  for (const [place, version] of found.slice(0, pageSize).entries()) {
    const isNewest = last?.key !== version.key
    const placed: PlacedVersion = {
      version,
      ...(!isNewest && last && { noncurrentSinceMs: last.modifiedMs }),
      newerNoncurrent: isNewest ? 0 : (last?.noncurrent ?? 0),
      isAlone: isNewest && found[place + 1]?.key !== version.key,
    }
    const action = lifecycle && lifecycleAction(lifecycle, placed, nowMs)
    if (action) changes.push(changeBy(dependencies, version, action, nowMs))
    last = { key: version.key, modifiedMs: version.modifiedMs, noncurrent: isNewest ? 0 : placed.newerNoncurrent + 1 }
  }
  const end = found.length > pageSize ? found[pageSize - 1] : undefined
  const place = end && { key: end.key, place: end.place }
  const next = place && { ...progress, place, ...(last && { last }) }
  return { changes, next }
}

/** Acts on a version that is still as it was found. */
function changeBy(
  { contents, deliveries }: Dependencies,
  found: StoredVersion,
  action: LifecycleAction,
  nowMs: number,
): Change {
  return async (tx, bucket) => {
    const versions = new BucketVersions(tx, bucket, contents)
    const version = await versions.withId(found.key, found.versionId)
    if (version?.place !== found.place) return
    const from: NotifyFrom = { deliveries, requestId: newRequestId(), nowMs, by: s3Principal }
    const happened = await act(versions, bucket, version, action, nowMs)
    if (happened) await notify(from, tx, bucket, happened)
  }
}

async function act(
  versions: BucketVersions,
  bucket: Bucket,
  version: StoredVersion,
  action: LifecycleAction,
  nowMs: number,
): Promise<Happened | undefined> {
  if (action.kind === 'transition') {
    if (version.isMarker) return undefined
    const changed: ObjectVersion = { ...version, storageClass: action.storageClass }
    await versions.change(changed)
    return { name: 'LifecycleTransition', version, bytes: version.bytes, etag: version.etag }
  }
  if (action.kind === 'expire') {
    const { happened } = await deleteIn(versions, bucket, { Key: version.key }, { nowMs, bypass: false })
    return happened && { ...happened, name: happened.name.replace('ObjectRemoved', 'LifecycleExpiration') }
  }
  if (!version.isMarker && isLocked(version, nowMs)) return undefined
  await versions.remove(version)
  return { name: 'LifecycleExpiration:Delete', version }
}

/** A locked version stays, whatever a rule says. */
function isLocked({ details }: ObjectVersion, nowMs: number): boolean {
  try {
    checkUnlocked(details, nowMs, false)
    return false
  } catch {
    // It throws for nothing but a lock.
    return true
  }
}
