import type { Sql, SqlReader } from '../../../core/sql.ts'
import type { Store } from '../../../core/store.ts'
import type { ContentRef } from '../domain/object.ts'
import type { Part, Upload } from '../domain/upload.ts'
import type { Contents } from './contents.ts'

type UploadRow = { key: string; upload: string; active: number; initiated_ms: number; details: string }

const uploadOf = ({ key, upload, active, initiated_ms, details }: UploadRow): Upload => ({
  ...{ key, uploadId: upload, isActive: active === 1, initiatedMs: initiated_ms },
  details: JSON.parse(details),
})

export async function findUpload(
  sql: SqlReader,
  bucket: string,
  key: string,
  uploadId: string,
): Promise<Upload | undefined> {
  const [row] = await sql.all<UploadRow>(
    'SELECT key, upload, active, initiated_ms, details FROM s3_uploads WHERE bucket = ? AND key = ? AND upload = ?',
    [bucket, key, uploadId],
  )
  return row && uploadOf(row)
}

/** Uploads of a bucket, active or not. */
export async function uploadsOf(sql: SqlReader, bucket: string, limit: number): Promise<Upload[]> {
  const rows = await sql.all<UploadRow>(
    'SELECT key, upload, active, initiated_ms, details FROM s3_uploads WHERE bucket = ? ORDER BY key, upload LIMIT ?',
    [bucket, limit],
  )
  return rows.map(uploadOf)
}

/** Active uploads in order of their keys and ids, from a place on. */
export async function activeUploads(
  sql: SqlReader,
  bucket: string,
  { key, uploadId, before, limit }: { key: string; uploadId: string; before: string; limit: number },
): Promise<Upload[]> {
  const rows = await sql.all<UploadRow>(
    'SELECT key, upload, active, initiated_ms, details FROM s3_uploads WHERE bucket = ? AND active = 1 AND (key, upload) > (?, ?) AND key < ? ORDER BY key, upload LIMIT ?',
    [bucket, key, uploadId, before, limit],
  )
  return rows.map(uploadOf)
}

export async function addUpload(sql: Sql, bucket: string, upload: Upload): Promise<void> {
  await sql.run(
    'INSERT INTO s3_uploads (bucket, key, upload, active, initiated_ms, details) VALUES (?, ?, ?, ?, ?, ?)',
    [bucket, upload.key, upload.uploadId, 1, upload.initiatedMs, JSON.stringify(upload.details)],
  )
}

/** Keeps the result of a completed upload, so that completing it again answers the same. */
export async function completeUpload(sql: Sql, bucket: string, { key, uploadId, details }: Upload): Promise<void> {
  await sql.run('UPDATE s3_uploads SET active = 0, details = ? WHERE bucket = ? AND key = ? AND upload = ?', [
    ...[JSON.stringify(details), bucket, key],
    uploadId,
  ])
}

/** Ends an upload that is not completed: nothing is found of it any more. */
export async function endUpload(
  sql: Sql,
  bucket: string,
  { key, uploadId }: Pick<Upload, 'key' | 'uploadId'>,
): Promise<void> {
  await sql.run('UPDATE s3_uploads SET active = 0 WHERE bucket = ? AND key = ? AND upload = ?', [bucket, key, uploadId])
}

export async function deleteUpload(sql: Sql, bucket: string, key: string, uploadId: string): Promise<void> {
  await sql.run('DELETE FROM s3_uploads WHERE bucket = ? AND key = ? AND upload = ?', [bucket, key, uploadId])
}

type PartRow = { part: number; modified_ms: number; bytes: number; etag: string; details: string }

const partOf = ({ part, modified_ms, bytes, etag, details }: PartRow): Part => ({
  ...{ number: part, modifiedMs: modified_ms, bytes, etag },
  ...(JSON.parse(details) as { content: ContentRef; checksum?: string }),
})

/** Parts of an upload behind a number, in order. */
export async function partsBehind(
  sql: SqlReader,
  uploadId: string,
  { after, limit }: { after: number; limit: number },
): Promise<Part[]> {
  const rows = await sql.all<PartRow>(
    'SELECT part, modified_ms, bytes, etag, details FROM s3_parts WHERE upload = ? AND part > ? ORDER BY part LIMIT ?',
    [uploadId, after, limit],
  )
  return rows.map(partOf)
}

export async function findPart(sql: SqlReader, uploadId: string, number: number): Promise<Part | undefined> {
  const [part] = await partsBehind(sql, uploadId, { after: number - 1, limit: 1 })
  return part?.number === number ? part : undefined
}

export async function addPart(sql: Sql, uploadId: string, part: Part): Promise<void> {
  const { number, modifiedMs, bytes, etag, ...details } = part
  await sql.run('INSERT INTO s3_parts (upload, part, modified_ms, bytes, etag, details) VALUES (?, ?, ?, ?, ?, ?)', [
    ...[uploadId, number, modifiedMs, bytes, etag],
    JSON.stringify(details),
  ])
}

export async function deletePart(sql: Sql, uploadId: string, number: number): Promise<void> {
  await sql.run('DELETE FROM s3_parts WHERE upload = ? AND part = ?', [uploadId, number])
}

export async function deleteParts(sql: Sql, uploadId: string): Promise<void> {
  await sql.run('DELETE FROM s3_parts WHERE upload = ?', [uploadId])
}

const slice = 200

/** Removes an upload with its parts, some at a time. The upload goes last, so that what is interrupted is taken up again. */
export async function removeUpload(
  store: Store,
  contents: Contents,
  bucket: string,
  { key, uploadId }: Pick<Upload, 'key' | 'uploadId'>,
): Promise<void> {
  for (let left = slice; left === slice; ) {
    left = await store.transaction(async (tx) => {
      const sql = tx.sql('s3')
      const parts = await partsBehind(sql, uploadId, { after: 0, limit: slice })
      for (const { number, content } of parts) {
        await contents.remove(tx, content)
        await deletePart(sql, uploadId, number)
      }
      if (parts.length < slice) await deleteUpload(sql, bucket, key, uploadId)
      return parts.length
    })
  }
}
