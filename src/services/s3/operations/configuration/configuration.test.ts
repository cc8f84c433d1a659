import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alice, arnOf, newUser, policyOf, root, stranger } from '../../../../testing/callers.ts'
import { s3Fixture } from '../../testing.ts'

const Bucket = 'photos'

test('scenario 1: a new bucket is private, encrypted by default, and takes no ACLs and no keys of customers', async () => {
  const { s3 } = await s3Fixture()
  const flags = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true }
  assert.deepEqual(await s3('GetPublicAccessBlock', { Bucket }), { PublicAccessBlockConfiguration: flags })
  assert.deepEqual(await s3('GetBucketOwnershipControls', { Bucket }), {
    OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
  })
  assert.deepEqual(await s3('GetBucketEncryption', { Bucket }), {
    ServerSideEncryptionConfiguration: {
      Rules: [
        {
          ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
          BucketKeyEnabled: false,
          BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
        },
      ],
    },
  })
  const missing = {
    GetBucketPolicy: 'NoSuchBucketPolicy',
    GetBucketPolicyStatus: 'NoSuchBucketPolicy',
    GetBucketCors: 'NoSuchCORSConfiguration',
    GetBucketLifecycleConfiguration: 'NoSuchLifecycleConfiguration',
    GetBucketTagging: 'NoSuchTagSet',
    GetObjectLockConfiguration: 'ObjectLockConfigurationNotFoundError',
    GetBucketWebsite: 'NoSuchWebsiteConfiguration',
    GetBucketReplication: 'ReplicationConfigurationNotFoundError',
  }
  for (const [operation, code] of Object.entries(missing)) {
    await assert.rejects(s3(operation, { Bucket }), { code, status: 404 }, operation)
  }
  for (const operation of [
    'GetBucketVersioning',
    'GetBucketLogging',
    'GetBucketAccelerateConfiguration',
    'GetBucketNotificationConfiguration',
  ]) {
    assert.deepEqual(await s3(operation, { Bucket }), {}, operation)
  }
  assert.deepEqual(await s3('GetBucketRequestPayment', { Bucket }), { Payer: 'BucketOwner' })
})

const statement = (more: object) => ({
  ...{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::photos/*' },
  ...more,
})

test('scenario 13: a public policy is prevented, and one that is limited to a source is not', async () => {
  const { s3 } = await s3Fixture()
  const put = (...statements: object[]) => s3('PutBucketPolicy', { Bucket, Policy: policyOf(...statements) })
  await assert.rejects(put(statement({})), {
    code: 'AccessDenied',
    status: 403,
    message: `User: ${arnOf(root)} is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::photos" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access`,
  })
  const limited = (Condition: object) => put(statement({ Condition }))
  await limited({ ArnLike: { 'aws:SourceArn': 'arn:aws:sns:us-east-1:111122223333:topic' } })
  assert.deepEqual(await s3('GetBucketPolicyStatus', { Bucket }), { PolicyStatus: { IsPublic: false } })
  await limited({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } })
  await limited({ StringEquals: { 'aws:PrincipalOrgID': 'o-abc' } })
  await limited({ StringLike: { 'aws:userid': 'AROAEXAMPLEID:*' } })
  for (const condition of [
    { IpAddress: { 'aws:SourceIp': '0.0.0.0/1' } },
    { ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:111122223333:*' } },
    { StringLike: { 'aws:userid': '*' } },
    { StringEquals: { 'aws:SourceVpc': ['$', '{aws:PrincipalTag/vpc}'].join('') } },
    { StringNotEquals: { 'aws:SourceVpc': 'vpc-1' } },
  ]) {
    await assert.rejects(limited(condition), { code: 'AccessDenied' }, JSON.stringify(condition))
  }
})

test('a public policy restricts no owner, and opens the bucket to others only where that is allowed', async () => {
  const { s3, put, read } = await s3Fixture()
  await put('k', 'x')
  await s3('DeletePublicAccessBlock', { Bucket })
  await s3('PutBucketPolicy', { Bucket, Policy: policyOf(statement({})) })
  assert.deepEqual(await s3('GetBucketPolicyStatus', { Bucket }), { PolicyStatus: { IsPublic: true } })
  assert.equal((await read('k', {}, { caller: stranger })).toString(), 'x')
  const restricted = { RestrictPublicBuckets: true }
  await s3('PutPublicAccessBlock', { Bucket, PublicAccessBlockConfiguration: restricted })
  await assert.rejects(read('k', {}, { caller: stranger }), { code: 'AccessDenied' })
  assert.equal((await read('k', {}, { caller: alice })).toString(), 'x')
  await assert.rejects(s3('GetPublicAccessBlock', { Bucket: 'nowhere-at-all' }), { code: 'NoSuchBucket' })
})

test("a policy that denies everything does not lock out the owner's root user", async () => {
  const { s3 } = await s3Fixture()
  const everything = {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: ['arn:aws:s3:::photos', 'arn:aws:s3:::photos/*'],
  }
  const Policy = policyOf(everything)
  await s3('PutBucketPolicy', { Bucket, Policy })
  await assert.rejects(s3('GetBucketTagging', { Bucket }), { code: 'AccessDenied' })
  await assert.rejects(s3('GetBucketPolicy', { Bucket }, { caller: alice }), {
    message: /with an explicit deny in a resource-based policy$/,
  })
  assert.deepEqual(await s3('GetBucketPolicy', { Bucket }), { Policy, ContentType: 'application/json' })
  await s3('DeleteBucketPolicy', { Bucket })
  await assert.rejects(s3('GetBucketPolicy', { Bucket }), {
    code: 'NoSuchBucketPolicy',
    message: 'The bucket policy does not exist',
  })
})

test('a policy is of S3, of its bucket, and names principals that exist', async () => {
  const { s3 } = await s3Fixture()
  const put = (Policy: string) => s3('PutBucketPolicy', { Bucket, Policy })
  const principal = { Principal: { AWS: arnOf(alice) } }
  const malformed = (message: string) => ({ code: 'MalformedPolicy', status: 400, message })
  await assert.rejects(put('[]'), malformed("Policies must be valid JSON and the first byte must be '{'"))
  await assert.rejects(
    put(policyOf(statement({ ...principal, Resource: 'arn:aws:s3:::other/*' }))),
    malformed('Policy has invalid resource'),
  )
  await assert.rejects(
    put(policyOf(statement({ ...principal, Action: 'sqs:SendMessage' }))),
    malformed('Policy has invalid action'),
  )
  await assert.rejects(
    put(policyOf(statement({ ...principal, Action: 's3:ListBucket' }))),
    malformed('Action does not apply to any resource(s) in statement'),
  )
  await assert.rejects(
    put(policyOf(statement({ Principal: { AWS: 'arn:aws:iam::111122223333:user/missing' } }))),
    malformed('Invalid principal in policy'),
  )
  await assert.rejects(put(policyOf(statement({ ...principal, Sid: 'x'.repeat(21_000) }))), { status: 400 })
  await put(policyOf(statement(principal)))
})

test('tags of buckets and objects are replaced, and their limits have their errors', async () => {
  const { s3, put, permissions } = await s3Fixture()
  const TagSet = [{ Key: 'team', Value: 'red' }]
  await s3('PutBucketTagging', { Bucket, Tagging: { TagSet } })
  assert.deepEqual(await s3('GetBucketTagging', { Bucket }), { TagSet })
  await s3('DeleteBucketTagging', { Bucket })
  await assert.rejects(s3('GetBucketTagging', { Bucket }), { message: 'The TagSet does not exist' })
  await put('k', 'x')
  const Key = 'k'
  await s3('PutObjectTagging', { Bucket, Key, Tagging: { TagSet } })
  assert.deepEqual(await s3('GetObjectTagging', { Bucket, Key }), { TagSet })
  const many = Array.from({ length: 11 }, (_, n) => ({ Key: `k${n}`, Value: '' }))
  const refused = [
    [many, 'BadRequest', 'Object tags cannot be greater than 10'],
    [[{ Key: 'k'.repeat(129), Value: '' }], 'InvalidTag', 'The TagKey you have provided is invalid'],
    [[...TagSet, ...TagSet], 'InvalidTag', 'Cannot provide multiple Tags with the same key'],
    [[{ Key: 'aws:x', Value: '' }], 'InvalidTag', 'System tags cannot be added/updated by requester'],
  ] as const
  for (const [given, code, message] of refused) {
    await assert.rejects(s3('PutObjectTagging', { Bucket, Key, Tagging: { TagSet: given } }), { code, message })
  }
  const [asked] = await permissions('s3', 'PutObjectTagging', { Bucket, Key, Tagging: { TagSet } })
  assert.equal(asked?.context?.['s3:RequestObjectTag/team'], 'red')
  assert.equal(asked?.context?.['s3:ExistingObjectTag/team'], 'red')
  await s3('DeleteObjectTagging', { Bucket, Key })
  assert.deepEqual(await s3('GetObjectTagging', { Bucket, Key }), { TagSet: [] })
})

test('ACLs show the owner alone, and others are refused', async () => {
  const { s3, put } = await s3Fixture()
  await put('k', 'x')
  const acl = await s3('GetBucketAcl', { Bucket })
  assert.deepEqual(await s3('GetObjectAcl', { Bucket, Key: 'k' }), acl)
  assert.equal((acl.Grants as { Permission: string }[])[0]?.Permission, 'FULL_CONTROL')
  await s3('PutBucketAcl', { Bucket, ACL: 'private' })
  await assert.rejects(s3('PutBucketAcl', { Bucket, ACL: 'public-read' }), { code: 'AccessControlListNotSupported' })
  const Rules = [{ ObjectOwnership: 'BucketOwnerPreferred' }]
  await s3('PutBucketOwnershipControls', { Bucket, OwnershipControls: { Rules } })
  await assert.rejects(s3('PutObjectAcl', { Bucket, Key: 'k', ACL: 'public-read' }), {
    code: 'NotImplemented',
    status: 501,
  })
  await assert.rejects(
    s3('PutBucketOwnershipControls', { Bucket, OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] } }),
    { code: 'NotImplemented' },
  )
  await s3('DeleteBucketOwnershipControls', { Bucket })
  await assert.rejects(s3('GetBucketOwnershipControls', { Bucket }), { code: 'OwnershipControlsNotFoundError' })
})

test('CORS and lifecycle configurations are checked, kept and given back', async () => {
  const { s3 } = await s3Fixture()
  const CORSRules = [{ AllowedMethods: ['GET'], AllowedOrigins: ['https://*.example.com'], MaxAgeSeconds: 60 }]
  await s3('PutBucketCors', { Bucket, CORSConfiguration: { CORSRules } })
  assert.deepEqual(await s3('GetBucketCors', { Bucket }), { CORSRules })
  const cors = (rule: object) =>
    s3('PutBucketCors', { Bucket, CORSConfiguration: { CORSRules: [{ ...CORSRules[0], ...rule }] } })
  await assert.rejects(cors({ AllowedMethods: ['PATCH'] }), {
    message: 'Found unsupported HTTP method in CORS config. Unsupported method is PATCH',
  })
  await assert.rejects(cors({ AllowedOrigins: ['*.*'] }), { code: 'InvalidRequest' })
  const put = (...Rules: object[]) =>
    s3('PutBucketLifecycleConfiguration', { Bucket, LifecycleConfiguration: { Rules } })
  const rule = {
    ID: 'old',
    Status: 'Enabled',
    Filter: { Prefix: 'logs/' },
    Expiration: { Date: new Date('2030-01-01T00:00:00Z') },
  }
  await put(rule)
  assert.deepEqual(await s3('GetBucketLifecycleConfiguration', { Bucket }), {
    Rules: [rule],
    TransitionDefaultMinimumObjectSize: 'all_storage_classes_128K',
  })
  await assert.rejects(put(rule, rule), { code: 'InvalidArgument' })
  await assert.rejects(put({ ...rule, Status: 'On' }), { code: 'MalformedXML' })
  await assert.rejects(put({ ...rule, Expiration: { Days: 0 } }), { code: 'InvalidArgument' })
  await assert.rejects(put({ ...rule, Expiration: undefined }), { code: 'InvalidRequest' })
  await s3('DeleteBucketLifecycle', { Bucket })
  await s3('DeleteBucketCors', { Bucket })
  await assert.rejects(s3('GetBucketCors', { Bucket }), { code: 'NoSuchCORSConfiguration' })
})

test('what would have no effect is refused, and what there is without it is accepted', async () => {
  const { s3 } = await s3Fixture()
  const refused: [string, object][] = [
    ['PutBucketAccelerateConfiguration', { AccelerateConfiguration: { Status: 'Enabled' } }],
    ['PutBucketRequestPayment', { RequestPaymentConfiguration: { Payer: 'Requester' } }],
  ]
  for (const [operation, input] of refused) {
    await assert.rejects(s3(operation, { Bucket, ...input }), { code: 'NotImplemented', status: 501 }, operation)
  }
  await s3('PutBucketAccelerateConfiguration', { Bucket, AccelerateConfiguration: { Status: 'Suspended' } })
  await s3('PutBucketRequestPayment', { Bucket, RequestPaymentConfiguration: { Payer: 'BucketOwner' } })
  await s3('PutBucketNotificationConfiguration', { Bucket, NotificationConfiguration: {} })
})

test('GetObjectAttributes gives what is asked, the ETag without quotes', async () => {
  const { s3, put, permissions } = await s3Fixture()
  await put('k', 'hello')
  const asked = {
    Bucket,
    Key: 'k',
    ObjectAttributes: ['ETag', 'ObjectSize', 'StorageClass', 'Checksum', 'ObjectParts'],
  }
  const { ETag, ObjectSize, StorageClass, Checksum, ObjectParts } = await s3('GetObjectAttributes', asked)
  assert.deepEqual(
    [ETag, ObjectSize, StorageClass, (Checksum as { ChecksumType: string }).ChecksumType, ObjectParts],
    ['5d41402abc4b2a76b9719d911017c592', 5, 'STANDARD', 'FULL_OBJECT', undefined],
  )
  await assert.rejects(s3('GetObjectAttributes', { ...asked, ObjectAttributes: ['Colour'] }), {
    code: 'InvalidArgument',
  })
  assert.deepEqual(
    (await permissions('s3', 'GetObjectAttributes', asked, { caller: newUser('x') })).map(({ action }) => action),
    ['s3:GetObject', 's3:GetObjectAttributes'],
  )
})
