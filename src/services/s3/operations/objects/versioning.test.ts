import assert from 'node:assert/strict'
import { test } from 'node:test'
import { s3Fixture } from '../../testing.ts'

const Bucket = 'photos'

async function versioned() {
  const fixture = await s3Fixture()
  const setTo = (Status: string) => fixture.s3('PutBucketVersioning', { Bucket, VersioningConfiguration: { Status } })
  const remove = (Key: string, VersionId?: string) => fixture.s3('DeleteObject', { Bucket, Key, VersionId })
  return { ...fixture, setTo, remove }
}

test('scenario 7: behind a delete marker the key is missing, and the marker itself cannot be read', async () => {
  const { put, get, setTo, remove, read } = await versioned()
  await setTo('Enabled')
  const { VersionId: first } = await put('k', 'one')
  assert.match(first ?? '', /^[\w.]{32}$/)
  const { VersionId: marker, DeleteMarker } = await remove('k')
  assert.equal(DeleteMarker, true)
  await assert.rejects(get('k'), {
    code: 'NoSuchKey',
    status: 404,
    headers: { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker },
  })
  await assert.rejects(
    get('k', { VersionId: marker }),
    (error: { code: string; status: number; headers: Record<string, string> }) => {
      assert.deepEqual([error.code, error.status, error.headers.Allow], ['MethodNotAllowed', 405, 'DELETE'])
      assert.equal(error.headers['x-amz-delete-marker'], 'true')
      return true
    },
  )
  assert.equal((await read('k', { VersionId: first })).toString(), 'one')
  assert.deepEqual(await remove('k', String(marker)), { DeleteMarker: true, VersionId: marker })
  assert.equal((await read('k')).toString(), 'one')
})

test('versions are kept while versioning is enabled; suspended, the null version is replaced', async () => {
  const { put, read, setTo, remove, s3 } = await versioned()
  await put('k', 'zero')
  assert.deepEqual(await s3('GetBucketVersioning', { Bucket }), {})
  await setTo('Enabled')
  const { VersionId: one = '' } = await put('k', 'one')
  assert.equal((await read('k', { VersionId: 'null' })).toString(), 'zero')
  await setTo('Suspended')
  assert.equal((await put('k', 'two')).VersionId, 'null')
  await put('k', 'three')
  assert.equal((await read('k')).toString(), 'three')
  assert.equal((await read('k', { VersionId: one })).toString(), 'one')
  assert.deepEqual(await remove('k'), { DeleteMarker: true, VersionId: 'null' })
  await assert.rejects(read('k'), { code: 'NoSuchKey' })
  await remove('k', 'null')
  assert.equal((await read('k')).toString(), 'one')
  await remove('k', one)
  await assert.rejects(read('k', { VersionId: one }), { code: 'NoSuchVersion' })
  assert.deepEqual(await s3('GetBucketVersioning', { Bucket }), { Status: 'Suspended' })
})

test('versioning has its errors, and a bucket with versions its own', async () => {
  const { s3, put, setTo, remove, get } = await versioned()
  const set = (VersioningConfiguration: object) => s3('PutBucketVersioning', { Bucket, VersioningConfiguration })
  await assert.rejects(set({}), {
    code: 'IllegalVersioningConfigurationException',
    message: 'The Versioning element must be specified',
  })
  await assert.rejects(setTo('On'), { code: 'MalformedXML' })
  await assert.rejects(set({ Status: 'Enabled', MFADelete: 'Enabled' }), { code: 'NotImplemented' })
  await setTo('Enabled')
  await put('k', 'x')
  await remove('k')
  await assert.rejects(s3('DeleteBucket', { Bucket }), {
    message: 'The bucket you tried to delete is not empty. You must delete all versions in the bucket.',
  })
  await assert.rejects(get('k', { VersionId: 'x' }), { message: 'Invalid version id specified' })
  await assert.rejects(put('k', 'x', { IfMatch: '*' }), { code: 'NoSuchKey' })
  await put('k', 'x', { IfNoneMatch: '*' })
})
