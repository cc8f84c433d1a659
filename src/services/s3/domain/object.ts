import type { StorageClass } from '@aws-sdk/client-s3'
import type { ChecksumAlgorithm } from '../../../crypto/checksums.ts'
import type { Tag } from '../../../kit/tags.ts'
import type { ObjectEncryption } from './object-encryption.ts'

/** The version id of what was written while versioning was not enabled. */
export const nullVersion = 'null'

/** Where the bytes of an object or of a part are. */
export interface ContentRef {
  /** `inline`: sealed in a row. `blob`: a blob. `parts`: a row that lists the contents of parts, in order. */
  kind: 'inline' | 'blob' | 'parts'
  id: string
  bytes: number
  /** Where the bytes are encrypted twice: the nonce of the inner layer; base64. */
  layer?: string
}

export interface ObjectChecksum {
  algorithm: ChecksumAlgorithm
  type: 'FULL_OBJECT' | 'COMPOSITE'
  /** Base64; of a COMPOSITE one with the number of parts: `…-3`. */
  value: string
}

export interface Retention {
  mode: 'GOVERNANCE' | 'COMPLIANCE'
  untilMs: number
}

/** Headers of an object that are given back as they came, by the member's name. */
export const keptHeaders = [
  'CacheControl',
  'ContentDisposition',
  'ContentEncoding',
  'ContentLanguage',
  'ContentType',
  'WebsiteRedirectLocation',
] as const

export type KeptHeader = (typeof keptHeaders)[number]

/** Everything about a version beside what lists show. */
export interface ObjectDetails {
  content: ContentRef
  headers: Readonly<Partial<Record<KeptHeader, string>>>
  expiresMs?: number
  metadata: Readonly<Record<string, string>>
  checksum?: ObjectChecksum
  encryption: ObjectEncryption
  tags: readonly Tag[]
  retention?: Retention
  legalHold?: boolean
  /** Of an object that was uploaded in parts. */
  partsCount?: number
}

/** A version of an object, or a delete marker. */
export interface Version {
  key: string
  /** The newest version of a key has the smallest. */
  place: number
  versionId: string
  modifiedMs: number
}

export interface ObjectVersion extends Version {
  isMarker: false
  bytes: number
  /** Without quotes. */
  etag: string
  storageClass: StorageClass
  details: ObjectDetails
}

export interface DeleteMarker extends Version {
  isMarker: true
}

export const quoted = (etag: string): string => `"${etag}"`
