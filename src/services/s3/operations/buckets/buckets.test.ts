import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stranger } from '../../../../testing/callers.ts'
import { s3Fixture } from '../../testing.ts'

test('names of buckets follow the rules of AWS', async () => {
  const { s3 } = await s3Fixture()
  for (const Bucket of ['abc', 'a.b-c', '1'.repeat(63)]) await s3('CreateBucket', { Bucket })
  for (const Bucket of [
    'ab',
    'a'.repeat(64),
    'Abc',
    'a..b',
    '192.168.1.1',
    '-ab',
    'ab-',
    'xn--a',
    'a-s3alias',
    'a_b',
  ]) {
    await assert.rejects(s3('CreateBucket', { Bucket }), {
      code: 'InvalidBucketName',
      message: 'The specified bucket is not valid.',
      members: { BucketName: Bucket },
    })
  }
})

test('a bucket is in the Region of its request, whose location constraint must be the same', async () => {
  const { s3 } = await s3Fixture()
  const create = (Bucket: string, LocationConstraint: string | undefined, region?: string) =>
    s3('CreateBucket', { Bucket, CreateBucketConfiguration: { LocationConstraint } }, { region })
  await assert.rejects(create('one', 'us-east-1'), { code: 'InvalidLocationConstraint' })
  await assert.rejects(create('one', 'eu-west-1'), {
    code: 'IllegalLocationConstraintException',
    message:
      'The eu-west-1 location constraint is incompatible for the region specific endpoint this request was sent to.',
  })
  await assert.rejects(create('one', undefined, 'eu-west-1'), { message: /^The unspecified location constraint is/ })
  await create('one', 'EU', 'eu-west-1')
  const { LocationConstraint } = await s3('GetBucketLocation', { Bucket: 'one' }, { region: 'eu-west-1' })
  assert.match(String(LocationConstraint), />eu-west-1<\/LocationConstraint>$/)
  await assert.rejects(s3('HeadBucket', { Bucket: 'one' }), {
    code: 'PermanentRedirect',
    status: 301,
    members: { Endpoint: '127.0.0.1:4566', Bucket: 'one' },
    headers: { 'x-amz-bucket-region': 'eu-west-1' },
  })
  assert.equal((await s3('HeadBucket', { Bucket: 'one' }, { region: 'eu-west-1' })).BucketRegion, 'eu-west-1')
})

test('a name is taken once in the partition; in us-east-1 the owner may make a bucket again', async () => {
  const { s3 } = await s3Fixture()
  await s3('CreateBucket', { Bucket: 'photos' })
  await assert.rejects(s3('CreateBucket', { Bucket: 'photos' }, { caller: stranger }), { code: 'BucketAlreadyExists' })
  const elsewhere = { Bucket: 'other', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }
  await s3('CreateBucket', elsewhere, { region: 'eu-west-1' })
  await assert.rejects(s3('CreateBucket', elsewhere, { region: 'eu-west-1' }), { code: 'BucketAlreadyOwnedByYou' })
})

test('a bucket with objects is not deleted; made again, it is empty', async () => {
  const { s3, put, get } = await s3Fixture()
  await put('k', 'x')
  await assert.rejects(s3('DeleteBucket', { Bucket: 'photos' }), {
    code: 'BucketNotEmpty',
    message: 'The bucket you tried to delete is not empty',
  })
  await s3('DeleteObject', { Bucket: 'photos', Key: 'k' })
  await s3('DeleteBucket', { Bucket: 'photos' })
  await assert.rejects(get('k'), { code: 'NoSuchBucket', status: 404, members: { BucketName: 'photos' } })
  await s3('CreateBucket', { Bucket: 'photos' })
  await assert.rejects(get('k'), { code: 'NoSuchKey' })
})

test('the expected owner of a bucket must be its owner', async () => {
  const { s3 } = await s3Fixture()
  await s3('HeadBucket', { Bucket: 'photos', ExpectedBucketOwner: '111122223333' })
  await assert.rejects(s3('HeadBucket', { Bucket: 'photos', ExpectedBucketOwner: '444455556666' }), {
    code: 'AccessDenied',
    status: 403,
  })
  await assert.rejects(s3('HeadBucket', { Bucket: 'photos', ExpectedBucketOwner: 'me' }), {
    code: 'InvalidBucketOwnerAWSAccountID',
    message: 'The value of the expected bucket owner parameter must be an AWS Account ID... [me]',
  })
})

test('ListBuckets lists the buckets of the account in all Regions, in pages, by prefix and by Region', async () => {
  const { s3 } = await s3Fixture()
  const location = { CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }
  for (const Bucket of ['alpha', 'photos-2', 'zeta']) {
    await s3('CreateBucket', { Bucket, ...location }, { region: 'eu-west-1' })
  }
  await s3('CreateBucket', { Bucket: 'foreign' }, { caller: stranger })
  const names = async (input: object) => {
    const found: string[] = []
    for (let ContinuationToken: unknown; ; ) {
      const page = await s3<{ Buckets: { Name: string }[]; ContinuationToken?: string }>('ListBuckets', {
        ...input,
        ...(ContinuationToken !== undefined && { ContinuationToken }),
      })
      found.push(...page.Buckets.map(({ Name }) => Name))
      ContinuationToken = page.ContinuationToken
      if (ContinuationToken === undefined) return found
    }
  }
  assert.deepEqual(await names({}), ['alpha', 'photos', 'photos-2', 'zeta'])
  assert.deepEqual(await names({ MaxBuckets: 1 }), ['alpha', 'photos', 'photos-2', 'zeta'])
  assert.deepEqual(await names({ MaxBuckets: 1, Prefix: 'photos' }), ['photos', 'photos-2'])
  assert.deepEqual(await names({ MaxBuckets: 2, BucketRegion: 'eu-west-1' }), ['alpha', 'photos-2', 'zeta'])
  await assert.rejects(s3('ListBuckets', { ContinuationToken: 'x' }), {
    code: 'InvalidArgument',
    message: 'The continuation token provided is incorrect',
  })
})
