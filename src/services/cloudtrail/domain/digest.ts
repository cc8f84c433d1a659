import { createHash } from 'node:crypto'
import { isoSeconds } from '../../../core/iso-seconds.ts'
import { type DigestOwner, digestKey, type LogPlace } from './log-file.ts'

/** A log file that was delivered, as its digest names it. */
export interface DeliveredFile {
  bucket: string
  key: string
  /** Lower-case hex: SHA-256 of the content before it is compressed. */
  hash: string
  /** `YYYY-MM-DDTHH:MM:SSZ` */
  newestEventTime: string
  oldestEventTime: string
}

/** A digest that was delivered, as the next one names it. */
export interface DeliveredDigest {
  bucket: string
  key: string
  hash: string
  /** Lower-case hex. */
  signature: string
}

export interface DigestContent {
  owner: DigestOwner
  bucket: string
  place: LogPlace
  startMs: number
  endMs: number
  isBackfill?: boolean
  /** Of the public key that verifies it. */
  fingerprint: string
  /** Absent for the first of a chain. */
  previous?: DeliveredDigest | undefined
  files: readonly DeliveredFile[]
}

/**
 * Makes a digest file.
 * @returns the key of the object, the JSON text, its SHA-256 as hex, and the text that is to be signed.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
export function digestFile(content: DigestContent): { key: string; body: string; hash: string; toSign: string } {
  const { owner, bucket, place, startMs, endMs, isBackfill, fingerprint, previous, files } = content
  const key = digestKey(place, owner, endMs, { isBackfill: isBackfill ?? false })
  const digestEndTime = isoSeconds(endMs)
  const body = JSON.stringify({
    awsAccountId: owner.accountId,
    digestStartTime: isoSeconds(startMs),
    digestEndTime,
    digestS3Bucket: bucket,
    digestS3Object: key,
    digestPublicKeyFingerprint: fingerprint,
    digestSignatureAlgorithm: 'SHA256withRSA',
    newestEventTime: extreme(files, 'newestEventTime', (a, b) => a > b),
    oldestEventTime: extreme(files, 'oldestEventTime', (a, b) => a < b),
    previousDigestS3Bucket: previous?.bucket ?? null,
    previousDigestS3Object: previous?.key ?? null,
    previousDigestHashValue: previous?.hash ?? null,
    previousDigestHashAlgorithm: previous ? 'SHA-256' : null,
    previousDigestSignature: previous?.signature ?? null,
    logFiles: files.map(({ bucket: s3Bucket, key: s3Object, hash: hashValue, newestEventTime, oldestEventTime }) => ({
      ...{ s3Bucket, s3Object, hashValue, hashAlgorithm: 'SHA-256', newestEventTime, oldestEventTime },
    })),
  })
  const hash = createHash('sha256').update(body).digest('hex')
  return {
    key,
    body,
    hash,
    toSign: [digestEndTime, `${bucket}/${key}`, hash, previous?.signature ?? 'null'].join('\n'),
  }
}

function extreme(
  files: readonly DeliveredFile[],
  member: 'newestEventTime' | 'oldestEventTime',
  isBetter: (a: string, b: string) => boolean,
): string | null {
  return files.reduce<string | null>(
    (best, file) => (best === null || isBetter(file[member], best) ? file[member] : best),
    null,
  )
}
