import type { SqlReader } from '../../../core/sql.ts'
import type { VersionPlace } from './listing.ts'

/** What a version takes. Delete markers take nothing, and have no class. */
export type StoredSize = { key: string; place: number; bytes: number; storageClass: string }

/** Reads the sizes of versions and delete markers behind a place, in the order of lists. */
export async function sizesBehind(
  sql: SqlReader,
  bucket: string,
  { key, place }: VersionPlace,
  limit: number,
): Promise<StoredSize[]> {
  const rows = await sql.all<{ key: string; place: number; bytes: number; storage_class: string }>(
    'SELECT key, place, bytes, storage_class FROM s3_versions WHERE bucket = ? AND (key, place) > (?, ?) ORDER BY key, place LIMIT ?',
    [bucket, key, place, limit],
  )
  return rows.map(({ storage_class: storageClass, ...row }) => ({ ...row, storageClass }))
}

/** Reads the sizes of the parts of an upload. */
export async function partSizes(sql: SqlReader, uploadId: string): Promise<number[]> {
  const rows = await sql.all<{ bytes: number }>('SELECT bytes FROM s3_parts WHERE upload = ?', [uploadId])
  return rows.map(({ bytes }) => bytes)
}
