import { randomBytes } from 'node:crypto'
import type { StorageClass } from '@aws-sdk/client-s3'
import { secondMs } from '../../../core/durations.ts'
import type { Sql, SqlReader } from '../../../core/sql.ts'
import type { Transaction } from '../../../core/store.ts'
import type { Bucket } from '../domain/bucket.ts'
import { type ContentRef, type DeleteMarker, nullVersion, type ObjectVersion } from '../domain/object.ts'
import type { Contents } from './contents.ts'

type Row = {
  key: string
  place: number
  version: string
  marker: number
  modified_ms: number
  bytes: number
  etag: string
  storage_class: string
  details: string
}

/** A version or delete marker as it is stored. */
export type StoredVersion = ObjectVersion | DeleteMarker

export function versionOf(row: Row): StoredVersion {
  const { key, place, version: versionId, modified_ms: modifiedMs } = row
  const common = { key, place, versionId, modifiedMs }
  if (row.marker === 1) return { ...common, isMarker: true }
  return {
    ...common,
    isMarker: false,
    bytes: row.bytes,
    etag: row.etag,
    storageClass: row.storage_class as StorageClass,
    details: JSON.parse(row.details),
  }
}

export type { Row as VersionRow }

/** The newest version or delete marker of a key. */
export async function latestVersion(sql: SqlReader, bucket: string, key: string): Promise<StoredVersion | undefined> {
  const [row] = await sql.all<Row>(
    'SELECT key, place, version, marker, modified_ms, bytes, etag, storage_class, details FROM s3_versions WHERE bucket = ? AND key = ? ORDER BY place LIMIT 1',
    [bucket, key],
  )
  return row && versionOf(row)
}

export async function versionWithId(
  sql: SqlReader,
  bucket: string,
  key: string,
  versionId: string,
): Promise<StoredVersion | undefined> {
  const [row] = await sql.all<Row>(
    'SELECT key, place, version, marker, modified_ms, bytes, etag, storage_class, details FROM s3_versions WHERE bucket = ? AND key = ? AND version = ?',
    [bucket, key, versionId],
  )
  return row && versionOf(row)
}

/** Returns whether a bucket has any version or delete marker. */
export async function hasVersions(sql: SqlReader, bucket: string): Promise<boolean> {
  const rows = await sql.all('SELECT 1 AS one FROM s3_versions WHERE bucket = ? LIMIT 1', [bucket])
  return rows.length > 0
}

/** A version id as AWS makes them: 32 characters. */
const newVersionId = () => randomBytes(24).toString('base64url').replaceAll('-', '.')

/** The versions of the objects of one bucket, in one transaction. */
export class BucketVersions {
  readonly #tx: Transaction
  readonly #sql: Sql
  readonly #bucket: Bucket
  readonly #contents: Contents

  constructor(tx: Transaction, bucket: Bucket, contents: Contents) {
    this.#tx = tx
    this.#sql = tx.sql('s3')
    this.#bucket = bucket
    this.#contents = contents
  }

  latest(key: string): Promise<StoredVersion | undefined> {
    return latestVersion(this.#sql, this.#bucket.id, key)
  }

  withId(key: string, versionId: string): Promise<StoredVersion | undefined> {
    return versionWithId(this.#sql, this.#bucket.id, key, versionId)
  }

  /** Adds the newest version of a key. Unless versioning is enabled, it takes the place of the null version. */
  async add<V extends StoredVersion>(
    added: Omit<V, 'place' | 'versionId'>,
    latest?: StoredVersion,
  ): Promise<StoredVersion & V> {
    const { key } = added
    const before = latest ?? (await this.latest(key))
    const versionId = this.#bucket.versioning === 'Enabled' ? newVersionId() : nullVersion
    if (versionId === nullVersion && before) {
      const replaced = before.versionId === nullVersion ? before : await this.withId(key, nullVersion)
      if (replaced) await this.#delete(replaced)
    }
    if (before && !before.isMarker) {
      await this.#sql.run('UPDATE s3_versions SET current = 0 WHERE bucket = ? AND key = ? AND place = ?', [
        ...[this.#bucket.id, key],
        before.place,
      ])
    }
    // S3 knows times by the second.
    const modifiedMs = Math.floor(added.modifiedMs / secondMs) * secondMs
    const version = { ...added, modifiedMs, place: (before?.place ?? 0) - 1, versionId } as StoredVersion & V
    const { bytes, etag, storageClass, details } = version.isMarker ? ofMarkers : version
    await this.#sql.run(
      'INSERT INTO s3_versions (bucket, key, place, version, current, marker, modified_ms, bytes, etag, storage_class, details) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      [
        ...[this.#bucket.id, key, version.place, versionId, version.isMarker ? 0 : 1, version.isMarker ? 1 : 0],
        ...[version.modifiedMs, bytes, etag, storageClass, JSON.stringify(details)],
      ],
    )
    return version
  }

  /** Removes a version or delete marker for good, with its bytes. What is newest then is what reads give. */
  async remove(version: StoredVersion): Promise<void> {
    await this.#delete(version)
    const next = await this.latest(version.key)
    if (!next || next.isMarker || next.place < version.place) return
    await this.#sql.run('UPDATE s3_versions SET current = 1 WHERE bucket = ? AND key = ? AND place = ?', [
      ...[this.#bucket.id, next.key],
      next.place,
    ])
  }

  /** Writes changed details of a version. @param content - that takes the place of the one that it has. */
  async change(version: ObjectVersion, replaced?: ContentRef): Promise<void> {
    if (replaced) await this.#contents.remove(this.#tx, replaced)
    await this.#sql.run(
      'UPDATE s3_versions SET storage_class = ?, details = ? WHERE bucket = ? AND key = ? AND place = ?',
      [version.storageClass, JSON.stringify(version.details), this.#bucket.id, version.key, version.place],
    )
  }

  async #delete(version: StoredVersion): Promise<void> {
    await this.#sql.run('DELETE FROM s3_versions WHERE bucket = ? AND key = ? AND place = ?', [
      ...[this.#bucket.id, version.key],
      version.place,
    ])
    if (!version.isMarker) await this.#contents.remove(this.#tx, version.details.content)
  }
}

const ofMarkers = { bytes: 0, etag: '', storageClass: '', details: {} }
