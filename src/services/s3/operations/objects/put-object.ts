import { randomBytes } from 'node:crypto'
import type { PutObjectOutput, PutObjectRequest } from '@aws-sdk/client-s3'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { lockNeedsChecksum } from '../../domain/configuration-errors.ts'
import { checkAccess, describedBy, readStorageClass, refuseUnsupported } from '../../domain/new-object.ts'
import { type ObjectChecksum, type ObjectVersion, quoted } from '../../domain/object.ts'
import type { ObjectEncryption } from '../../domain/object-encryption.ts'
import { checkKey } from '../../domain/object-key.ts'
import { givesLock, lockOf } from '../../domain/object-lock.ts'
import { readTaggingHeader } from '../../domain/object-tags.ts'
import { checkWriteConditions, refuseOtherConditions } from '../../domain/write-conditions.ts'
import type { S3Context } from '../../s3-context.ts'
import { BucketVersions } from '../../storage/versions.ts'
import { encryptionMembers, newEncryption } from '../encryption/object-keys.ts'
import { findBucket, presentBucket } from '../find-bucket.ts'
import { expirationMember } from '../lifecycle/lifecycle-of.ts'
import { notifyOf } from '../notifications/notify.ts'
import { checksumMembers, versionMember } from './answers.ts'
import { versionAt, writePermissions } from './object-permissions.ts'
import { receive } from './receive.ts'

type Request = Validated<PutObjectRequest>

export const onPut = async (context: S3Context, input: Request): Promise<Permission[]> =>
  writePermissions(context, await findBucket(context, input), input)

/**
 * Stores an object. Its bytes are stored, and compared with their checksums, before the row that names them is written: until then
 * the key is what it was.
 * @throws ServiceError PreconditionFailed, NoSuchKey, BadDigest, InvalidDigest, EntityTooLarge, KeyTooLongError, MetadataTooLarge,
 *   InvalidStorageClass, AccessControlListNotSupported, KMS.…
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
export async function putObject(context: S3Context, input: Request): Promise<PutObjectOutput> {
  const { call, contents } = context
  const { Key: key = '' } = input
  const bucket = await findBucket(context, input)
  checkKey(key)
  refuseUnsupported(input)
  refuseOtherConditions(input)
  checkAccess(bucket, input, call.accountId)
  const described = describedBy(input)
  const storageClass = readStorageClass(input.StorageClass)
  const tags = readTaggingHeader(input.Tagging)
  lockOf(bucket, input, call.clock.nowMs())
  // Before the body is read; and again when it is there.
  checkWriteConditions(input, key, await versionAt(context, bucket, { Key: key }))
  const { encryption, key: sealing } = await newEncryption(context, bucket, key, input)
  const { content, md5, checksum, expected } = await receive(contents, input.Body, input, { key: sealing })
  const isVouched = expected.contentMd5 !== undefined || expected.value !== undefined || expected.trailer !== undefined
  const sum: ObjectChecksum = { algorithm: expected.algorithm, type: 'FULL_OBJECT', value: checksum }
  return contents.keepOrDiscard(content, async () => {
    if (givesLock(input) && !isVouched) throw lockNeedsChecksum()
    return call.transaction(async (tx) => {
      const present = await presentBucket(tx, bucket)
      const versions = new BucketVersions(tx, present, contents)
      const latest = await versions.latest(key)
      checkWriteConditions(input, key, latest)
      await contents.keep(tx, content)
      const modifiedMs = call.clock.nowMs()
      const version = await versions.add<ObjectVersion>(
        {
          ...{ key, isMarker: false, modifiedMs, bytes: content.ref.bytes, storageClass },
          etag: etagOf(encryption, md5),
          details: {
            ...{ content: content.ref, ...described, checksum: sum, encryption, tags },
            ...lockOf(present, input, modifiedMs),
          },
        },
        latest,
      )
      await notifyOf(context, tx, present, {
        ...{ name: call.source.isForm ? 'ObjectCreated:Post' : 'ObjectCreated:Put', version },
        ...{ bytes: version.bytes, etag: version.etag },
      })
      return {
        ETag: quoted(version.etag),
        ...checksumMembers(sum),
        ...versionMember(present, version.versionId),
        ...expirationMember(present, version),
        ...encryptionMembers(encryption),
      }
    })
  })
}

/** The MD5 of the bytes, where they are not encrypted under a key that S3 does not own. */
export const etagOf = ({ algorithm }: ObjectEncryption, md5: string): string =>
  algorithm === 'AES256' ? md5 : randomBytes(16).toString('hex')
