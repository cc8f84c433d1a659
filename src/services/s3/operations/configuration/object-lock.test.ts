import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '../../../../core/durations.ts'
import { newUser, policyOf } from '../../../../testing/callers.ts'
import { s3Fixture } from '../../testing.ts'

const Bucket = 'vault'
const Key = 'k'
/** Of the body `x`. */
const crcOfX = 'jNwWgw=='

async function vault() {
  const fixture = await s3Fixture()
  const { s3, clock } = fixture
  await s3('CreateBucket', { Bucket, ObjectLockEnabledForBucket: true })
  const until = (days: number) => new Date(clock.nowMs() + days * dayMs)
  return {
    ...fixture,
    until,
    lock: async (mode: string, days = 1) => {
      const { VersionId } = await s3('PutObject', {
        ...{ Bucket, Key, Body: 'x', ChecksumCRC32: crcOfX },
        ...{ ObjectLockMode: mode, ObjectLockRetainUntilDate: until(days) },
      })
      return String(VersionId)
    },
    remove: (VersionId: string, more: object = {}, as?: Parameters<typeof s3>[2]) =>
      s3('DeleteObject', { Bucket, Key, VersionId, ...more }, as),
    retain: (VersionId: string, Retention: object, more: object = {}) =>
      s3('PutObjectRetention', { Bucket, Key, VersionId, Retention, ...more }),
  }
}

const locked = { code: 'AccessDenied', status: 403, message: 'Access Denied because object protected by object lock.' }
const bypass = { BypassGovernanceRetention: true }

test('scenario 5: root cannot delete a version that is locked in compliance mode, nor shorten its lock', async () => {
  const { lock, remove, retain, until, clock } = await vault()
  const version = await lock('COMPLIANCE')
  await assert.rejects(remove(version, bypass), locked)
  await assert.rejects(retain(version, {}, bypass), locked)
  await assert.rejects(retain(version, { Mode: 'GOVERNANCE', RetainUntilDate: until(2) }, bypass), locked)
  await retain(version, { Mode: 'COMPLIANCE', RetainUntilDate: until(2) })
  clock.timeMs += 1.5 * dayMs
  await assert.rejects(remove(version), locked)
  clock.timeMs += dayMs
  await remove(version)
})

test('scenario 6: governance is bypassed with the permission and the header alone', async () => {
  const { lock, remove, putUser, retain, until } = await vault()
  const version = await lock('GOVERNANCE')
  const caller = newUser('cleaner')
  const allow = (Action: string[]) => putUser(caller, [policyOf({ Effect: 'Allow', Action, Resource: '*' })])
  await allow(['s3:DeleteObjectVersion'])
  await assert.rejects(remove(version, bypass, { caller }), locked)
  await allow(['s3:DeleteObjectVersion', 's3:BypassGovernanceRetention'])
  await assert.rejects(remove(version, {}, { caller }), locked)
  await assert.rejects(retain(version, { Mode: 'GOVERNANCE', RetainUntilDate: until(0.5) }), locked)
  await retain(version, { Mode: 'GOVERNANCE', RetainUntilDate: until(0.5) }, bypass)
  await remove(version, bypass, { caller })
})

test('a legal hold keeps a version until it is taken off; a plain delete only hides it', async () => {
  const { s3, remove } = await vault()
  const { VersionId } = await s3('PutObject', { Bucket, Key, Body: 'x' })
  const version = String(VersionId)
  const hold = (Status: string) => s3('PutObjectLegalHold', { Bucket, Key, VersionId, LegalHold: { Status } })
  await hold('ON')
  assert.deepEqual(await s3('GetObjectLegalHold', { Bucket, Key }), { LegalHold: { Status: 'ON' } })
  await assert.rejects(remove(version, bypass), locked)
  assert.equal((await s3('DeleteObject', { Bucket, Key })).DeleteMarker, true)
  const Objects = [{ Key, VersionId: version }]
  const { Errors } = await s3<{ Errors: { Code: string }[] }>('DeleteObjects', { Bucket, Delete: { Objects } })
  assert.equal(Errors[0]?.Code, 'AccessDenied')
  await hold('OFF')
  await remove(version)
})

test('the default of the bucket locks new versions; versioning stays enabled', async () => {
  const { s3, remove, until } = await vault()
  const Rule = { DefaultRetention: { Mode: 'COMPLIANCE', Days: 3 } }
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule }
  await s3('PutObjectLockConfiguration', { Bucket, ObjectLockConfiguration })
  assert.deepEqual(await s3('GetObjectLockConfiguration', { Bucket }), { ObjectLockConfiguration })
  const { VersionId } = await s3('PutObject', { Bucket, Key, Body: 'x' })
  assert.deepEqual(await s3('GetObjectRetention', { Bucket, Key }), {
    Retention: { Mode: 'COMPLIANCE', RetainUntilDate: until(3) },
  })
  await assert.rejects(remove(String(VersionId)), locked)
  await assert.rejects(s3('PutBucketVersioning', { Bucket, VersioningConfiguration: { Status: 'Suspended' } }), {
    code: 'InvalidBucketState',
    status: 409,
    message: 'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
  })
})

test('locks have their errors', async () => {
  const { s3, until, retain, lock } = await vault()
  const put = (more: object) => s3('PutObject', { Bucket, Key, Body: 'x', ...more })
  await assert.rejects(put({ ObjectLockMode: 'GOVERNANCE' }), {
    message: 'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
  })
  await assert.rejects(put({ ObjectLockMode: 'FOREVER', ObjectLockRetainUntilDate: until(1) }), {
    message: 'Unknown wormMode directive.',
  })
  await assert.rejects(put({ ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: until(-1) }), {
    message: 'The retain until date must be in the future!',
  })
  await assert.rejects(put({ ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: until(1) }), {
    code: 'InvalidRequest',
    message: /^Content-MD5 OR x-amz-checksum- HTTP header is required/,
  })
  await put({})
  await assert.rejects(s3('GetObjectRetention', { Bucket, Key }), {
    code: 'NoSuchObjectLockConfiguration',
    message: 'The specified object does not have a ObjectLock configuration',
  })
  await assert.rejects(s3('GetObjectRetention', { Bucket: 'photos', Key }), {
    code: 'InvalidRequest',
    message: 'Bucket is missing Object Lock Configuration',
  })
  await assert.rejects(retain(await lock('GOVERNANCE'), { Mode: 'GOVERNANCE' }), { code: 'MalformedXML' })
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' }
  await assert.rejects(s3('PutObjectLockConfiguration', { Bucket: 'photos', ObjectLockConfiguration }), {
    code: 'InvalidBucketState',
  })
})
