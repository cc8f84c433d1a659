import type { SqlReader } from '../../../core/sql.ts'
import { behind as behindText } from '../../../storage/text-ranges.ts'
import type { ListRows } from '../domain/listing.ts'
import type { ObjectVersion } from '../domain/object.ts'
import type { Upload } from '../domain/upload.ts'
import { activeUploads } from './uploads.ts'
import { type StoredVersion, type VersionRow, versionOf } from './versions.ts'

/** What of the bucket's keys a list is about: those before a text. */
interface Listed {
  sql: SqlReader
  bucket: string
  before: string
}

const after = (key: string, before: string) => behindText({ from: '', before }, key).from

/** The objects that reads without a version id give, in the order of their keys. */
export const currentObjects = ({ sql, bucket, before }: Listed): ListRows<ObjectVersion, string> => ({
  from: (key) => key,
  behind: ({ key }) => after(key, before),
  async read(from, limit) {
    const rows = await sql.all<VersionRow>(
      'SELECT key, place, version, marker, modified_ms, bytes, etag, storage_class, details FROM s3_versions WHERE bucket = ? AND current = 1 AND key >= ? AND key < ? ORDER BY key LIMIT ?',
      [bucket, from, before, limit],
    )
    return rows.map(versionOf).filter((version) => !version.isMarker)
  },
})

/** A place among versions: behind a version of a key. */
export interface VersionPlace {
  key: string
  place: number
}

/** Before every version of a key. */
export const beforeVersions = Number.MIN_SAFE_INTEGER
/** Behind every version of a key: places are negative. */
export const behindVersions = 0

/** All versions and delete markers: keys in order, the newest of each first. */
export const allVersions = ({ sql, bucket, before }: Listed): ListRows<StoredVersion, VersionPlace> => ({
  from: (key) => ({ key, place: beforeVersions }),
  behind: ({ key, place }) => ({ key, place }),
  async read({ key, place }, limit) {
    const rows = await sql.all<VersionRow>(
      'SELECT key, place, version, marker, modified_ms, bytes, etag, storage_class, details FROM s3_versions WHERE bucket = ? AND (key, place) > (?, ?) AND key < ? ORDER BY key, place LIMIT ?',
      [bucket, key, place, before, limit],
    )
    return rows.map(versionOf)
  },
})

/** A place among uploads: behind an upload of a key. */
export interface UploadPlace {
  key: string
  uploadId: string
}

/** Uploads that are under way, in the order of their keys and their beginnings. */
export const listedUploads = ({ sql, bucket, before }: Listed): ListRows<Upload, UploadPlace> => ({
  from: (key) => ({ key, uploadId: '' }),
  behind: ({ key, uploadId }) => ({ key, uploadId }),
  read: ({ key, uploadId }, limit) => activeUploads(sql, bucket, { key, uploadId, before, limit }),
})
