import type { StorageClass } from '@aws-sdk/client-s3'
import type { ChecksumAlgorithm } from '../../../crypto/checksums.ts'
import type { ContentRef, ObjectChecksum, ObjectDetails } from './object.ts'

/** What an upload in parts is to become. */
export interface UploadDetails extends Omit<ObjectDetails, 'content' | 'checksum' | 'partsCount'> {
  storageClass: StorageClass
  /** Absent: the client named none, and S3 computes its own over the whole. */
  checksum?: { algorithm: ChecksumAlgorithm; type: ObjectChecksum['type'] }
  /** ARN and canonical id of the caller who began it. */
  initiator: { id: string; arn: string }
  /** Of an upload that was completed. */
  completed?: { versionId: string; etag: string; checksum?: ObjectChecksum }
}

/** An upload in parts. */
export interface Upload {
  key: string
  uploadId: string
  initiatedMs: number
  isActive: boolean
  details: UploadDetails
}

export interface Part {
  number: number
  modifiedMs: number
  bytes: number
  /** Without quotes. */
  etag: string
  content: ContentRef
  /** Base64, of the upload's algorithm. */
  checksum?: string
}
