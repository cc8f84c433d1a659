import type { WorkRunner } from '../../../../core/scheduler.ts'
import type { Store, Transaction } from '../../../../core/store.ts'
import type { Bucket } from '../../domain/bucket.ts'
import type { Upload } from '../../domain/upload.ts'
import type { Contents } from '../../storage/contents.ts'
import { removeUpload, uploadsOf } from '../../storage/uploads.ts'

/** The kind of due work that removes the uploads of a deleted bucket; its key is the bucket's id. */
export const removeUploadsWork = 's3.remove-uploads'

export const scheduleUploadsRemoval = (tx: Transaction, { id, accountId, region }: Bucket, nowMs: number) =>
  tx.schedule({ kind: removeUploadsWork, key: id, dueAtMs: nowMs, scope: { accountId, region }, payload: null })

const slice = 100

export const removeUploadsRunner =
  ({ store, contents }: { store: Store; contents: Contents }): WorkRunner =>
  async ({ key: bucketId, payload }) => {
    const uploads = await uploadsOf(store.sql('s3'), bucketId, slice)
    for (const upload of uploads) await removeUpload(store, contents, bucketId, upload)
    return async () => (uploads.length === slice ? { payload } : undefined)
  }

/** The kind of due work that removes an upload that was given up; its key is the upload's id. */
export const removeUploadWork = 's3.remove-upload'

export const scheduleUploadRemoval = (
  tx: Transaction,
  { id: bucketId, accountId, region }: Bucket,
  { key, uploadId }: Pick<Upload, 'key' | 'uploadId'>,
  nowMs: number,
) =>
  tx.schedule({
    ...{ kind: removeUploadWork, key: uploadId, dueAtMs: nowMs },
    ...{ scope: { accountId, region }, payload: { bucketId, key } },
  })

export const removeUploadRunner =
  ({ store, contents }: { store: Store; contents: Contents }): WorkRunner =>
  async ({ key: uploadId, payload }) => {
    const { bucketId, key } = payload as { bucketId: string; key: string }
    await removeUpload(store, contents, bucketId, { key, uploadId })
    return async () => {}
  }
