import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId, newUser, policyOf } from '../../../../testing/callers.ts'
import { s3Fixture } from '../../testing.ts'

const Bucket = 'photos'
const role = `arn:aws:iam::${accountId}:role/copier`

test('a website is checked, kept and removed', async () => {
  const { s3 } = await s3Fixture()
  const put = (WebsiteConfiguration: object) => s3('PutBucketWebsite', { Bucket, WebsiteConfiguration })
  const website = {
    IndexDocument: { Suffix: 'index.html' },
    ErrorDocument: { Key: 'errors/404.html' },
    RoutingRules: [
      {
        Condition: { KeyPrefixEquals: 'old/', HttpErrorCodeReturnedEquals: '404' },
        Redirect: { HostName: 'example.com', Protocol: 'https', HttpRedirectCode: '302', ReplaceKeyPrefixWith: 'new/' },
      },
    ],
  }
  await put(website)
  assert.deepEqual(await s3('GetBucketWebsite', { Bucket }), website)
  const all = { RedirectAllRequestsTo: { HostName: 'example.com' } }
  const rule = (more: object) => ({ ...website, RoutingRules: [{ Redirect: { HostName: 'a' }, ...more }] })
  const refused: [object, string, RegExp][] = [
    [{}, 'InvalidArgument', /^A value for IndexDocument Suffix must be provided/],
    [{ IndexDocument: { Suffix: 'a/b' } }, 'InvalidArgument', /^The IndexDocument Suffix is not well formed$/],
    [{ ...all, ...website }, 'InvalidRequest', /^RedirectAllRequestsTo cannot be provided/],
    [{ RedirectAllRequestsTo: { HostName: 'a', Protocol: 'ftp' } }, 'InvalidRequest', /^Invalid protocol/],
    [rule({ Condition: {} }), 'InvalidRequest', /^Condition cannot be empty/],
    [rule({ Condition: { HttpErrorCodeReturnedEquals: '200' } }), 'InvalidRequest', /Valid codes are 4XX or 5XX/],
    [rule({ Redirect: { HttpRedirectCode: '300' } }), 'InvalidRequest', /Valid codes are 3XX except 300/],
    [rule({ Redirect: { ReplaceKeyWith: 'a', ReplaceKeyPrefixWith: 'b' } }), 'InvalidRequest', /not both/],
    [rule({ Redirect: {} }), 'MalformedXML', /./],
    [{ ...website, RoutingRules: Array(51).fill({ Redirect: { HostName: 'a' } }) }, 'InvalidRequest', /limited to 50/],
  ]
  for (const [configuration, code, message] of refused) {
    await assert.rejects(put(configuration), { code, message, status: 400 }, JSON.stringify(configuration))
  }
  await put(all)
  assert.deepEqual(await s3('GetBucketWebsite', { Bucket }), all)
  await s3('DeleteBucketWebsite', { Bucket })
  await s3('DeleteBucketWebsite', { Bucket })
  await assert.rejects(s3('GetBucketWebsite', { Bucket }), { code: 'NoSuchWebsiteConfiguration', status: 404 })
})

test('replication needs versions on both sides, a role that the caller may pass, and whole rules', async () => {
  const { s3, permissions } = await s3Fixture()
  const rule = {
    ...{ ID: 'all', Priority: 1, Status: 'Enabled', Filter: { Prefix: 'in/' } },
    Destination: { Bucket: 'arn:aws:s3:::copies', StorageClass: 'STANDARD_IA' },
    DeleteMarkerReplication: { Status: 'Disabled' },
  }
  const inputOf = (...Rules: object[]) => ({ Bucket, ReplicationConfiguration: { Role: role, Rules } })
  const put = (...Rules: object[]) => s3('PutBucketReplication', inputOf(...Rules))
  const refusedWith = (message: string) => ({ code: 'InvalidRequest', status: 400, message })
  await assert.rejects(
    put(rule),
    refusedWith("Versioning must be 'Enabled' on the bucket to apply a replication configuration"),
  )
  const version = (name: string, Status = 'Enabled') =>
    s3('PutBucketVersioning', { Bucket: name, VersioningConfiguration: { Status } })
  await version(Bucket)
  await assert.rejects(put(rule), refusedWith('Destination bucket must exist.'))
  await s3('CreateBucket', { Bucket: 'copies' })
  await assert.rejects(put(rule), refusedWith('Destination bucket must have versioning enabled.'))
  await version('copies')
  await put(rule)
  assert.deepEqual(await s3('GetBucketReplication', { Bucket }), {
    ReplicationConfiguration: { Role: role, Rules: [rule] },
  })
  await assert.rejects(version(Bucket, 'Suspended'), { code: 'InvalidBucketState', status: 409 })

  const asked = await permissions('s3', 'PutBucketReplication', inputOf(rule), { caller: newUser('x') })
  assert.deepEqual(
    asked.map(({ action, resource }) => [action, resource]),
    [
      ['s3:PutReplicationConfiguration', 'arn:aws:s3:::photos'],
      ['iam:PassRole', role],
    ],
  )
  const { Priority: _p, DeleteMarkerReplication: _d, ...bare } = rule
  const { Filter: _f, ...unfiltered } = bare
  const tagged = { ...rule, Filter: { Tag: { Key: 'a', Value: 'b' } }, DeleteMarkerReplication: { Status: 'Enabled' } }
  const kms = { SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } } }
  const to = (more: object) => ({ ...rule, Destination: { ...rule.Destination, ...more } })
  const refused: [object[], string, RegExp][] = [
    [[], 'MalformedXML', /./],
    [[{ ...rule, Status: 'On' }], 'MalformedXML', /./],
    [[{ ...rule, Prefix: 'a' }], 'MalformedXML', /./],
    [[unfiltered], 'MalformedXML', /./],
    [[bare], 'InvalidRequest', /^Priority must be specified/],
    [[{ ...bare, Priority: 1 }], 'InvalidRequest', /^DeleteMarkerReplication must be specified/],
    [[rule, { ...rule, Priority: 2 }], 'InvalidArgument', /^Rule ID must be unique/],
    [[rule, { ...rule, ID: 'b' }], 'InvalidRequest', /duplicate priorities/],
    [[tagged], 'InvalidRequest', /^Delete marker replication is not supported/],
    [[{ ...rule, ...kms }], 'InvalidRequest', /^ReplicaKmsKeyID must be specified/],
    [[to({ Bucket: 'copies' })], 'InvalidArgument', /^Invalid bucket ARN$/],
    [[to({ AccessControlTranslation: { Owner: 'Destination' } })], 'InvalidArgument', /^Account must be specified/],
    [[to({ Account: '999999999999' })], 'InvalidRequest', /^Destination bucket must exist\.$/],
    [[to({ StorageClass: 'CHEAP' })], 'MalformedXML', /./],
    [[to({ ReplicationTime: { Status: 'Enabled', Time: { Minutes: 5 } } })], 'InvalidArgument', /15 minutes/],
  ]
  for (const [rules, code, message] of refused) {
    await assert.rejects(put(...rules), { code, message }, JSON.stringify(rules))
  }
  await s3('DeleteBucketReplication', { Bucket })
  await assert.rejects(s3('GetBucketReplication', { Bucket }), { code: 'ReplicationConfigurationNotFoundError' })
  await version(Bucket, 'Suspended')
})

test('access logs go to a bucket of the same owner and Region whose policy lets the logging service in', async () => {
  const { s3 } = await s3Fixture()
  const put = (target: object, more: object = {}) =>
    s3('PutBucketLogging', {
      Bucket,
      BucketLoggingStatus: { LoggingEnabled: { TargetBucket: 'logs', TargetPrefix: 'photos/', ...target } },
      ...more,
    })
  const noTarget = { code: 'InvalidTargetBucketForLogging', status: 400 }
  await assert.rejects(put({}), { ...noTarget, message: 'The target bucket for logging does not exist' })
  await s3('CreateBucket', { Bucket: 'logs' })
  await assert.rejects(put({}), { ...noTarget, message: /must allow logging\.s3\.amazonaws\.com/ })
  const Policy = policyOf({
    ...{ Effect: 'Allow', Principal: { Service: 'logging.s3.amazonaws.com' }, Action: 's3:PutObject' },
    Resource: 'arn:aws:s3:::logs/photos/*',
    Condition: {
      ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::photos' },
      StringEquals: { 'aws:SourceAccount': accountId },
    },
  })
  await s3('PutBucketPolicy', { Bucket: 'logs', Policy })
  await assert.rejects(put({ TargetPrefix: 'elsewhere/' }), noTarget)
  const TargetObjectKeyFormat = { PartitionedPrefix: { PartitionDateSource: 'EventTime' } }
  await put({ TargetObjectKeyFormat })
  assert.deepEqual(await s3('GetBucketLogging', { Bucket }), {
    LoggingEnabled: { TargetBucket: 'logs', TargetPrefix: 'photos/', TargetObjectKeyFormat },
  })
  await assert.rejects(put({ TargetPrefix: undefined }), { code: 'MalformedXML' })
  await assert.rejects(put({ TargetObjectKeyFormat: {} }), { code: 'MalformedXML' })
  const TargetGrants = [{ Grantee: { Type: 'Group', URI: 'x' }, Permission: 'READ' }]
  await assert.rejects(put({ TargetGrants }), { code: 'AccessControlListNotSupported' })
  await s3('CreateBucket', { Bucket: 'far', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }, {
    region: 'eu-west-1',
  } as never)
  await assert.rejects(put({ TargetBucket: 'far' }), { code: 'CrossLocationLoggingProhibited', status: 403 })
  await s3('PutBucketLogging', { Bucket, BucketLoggingStatus: {} })
  assert.deepEqual(await s3('GetBucketLogging', { Bucket }), {})
})

test('metrics configurations are kept by id, listed in pages of a hundred, and at most a thousand', async () => {
  const { s3 } = await s3Fixture()
  const put = (Id: string, more: object = {}) =>
    s3('PutBucketMetricsConfiguration', { Bucket, Id, MetricsConfiguration: { Id, ...more } })
  const Filter = { And: { Prefix: 'a/', Tags: [{ Key: 'team', Value: 'red' }] } }
  await put('team', { Filter })
  assert.deepEqual(await s3('GetBucketMetricsConfiguration', { Bucket, Id: 'team' }), {
    MetricsConfiguration: { Id: 'team', Filter },
  })
  await put('team')
  assert.deepEqual(await s3('ListBucketMetricsConfigurations', { Bucket }), {
    IsTruncated: false,
    MetricsConfigurationList: [{ Id: 'team' }],
  })
  await assert.rejects(put('a b'), { code: 'InvalidConfigurationId', status: 400 })
  await assert.rejects(put('x', { Id: 'y' }), { code: 'InvalidArgument' })
  await assert.rejects(put('x', { Filter: {} }), { code: 'MalformedXML' })
  await assert.rejects(put('x', { Filter: { And: { Prefix: 'a' } } }), { code: 'MalformedXML' })
  await assert.rejects(put('x', { Filter: { AccessPointArn: 'arn:aws:s3:us-east-1:1:accesspoint/a' } }), {
    code: 'NotImplemented',
  })
  for (let number = 0; number < 150; number++) await put(`m${number}`)
  const ids: string[] = []
  let ContinuationToken: string | undefined
  do {
    const page = await s3<{ MetricsConfigurationList: { Id: string }[]; NextContinuationToken?: string }>(
      'ListBucketMetricsConfigurations',
      { Bucket, ContinuationToken },
    )
    assert.ok(page.MetricsConfigurationList.length <= 100)
    ids.push(...page.MetricsConfigurationList.map(({ Id }) => Id))
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
  assert.equal(new Set(ids).size, 151)
  assert.deepEqual(ids, [...ids].sort())
  await assert.rejects(s3('ListBucketMetricsConfigurations', { Bucket, ContinuationToken: 'x' }), {
    code: 'InvalidArgument',
  })
  await s3('DeleteBucketMetricsConfiguration', { Bucket, Id: 'team' })
  for (const operation of ['GetBucketMetricsConfiguration', 'DeleteBucketMetricsConfiguration']) {
    await assert.rejects(s3(operation, { Bucket, Id: 'team' }), { code: 'NoSuchConfiguration', status: 404 })
  }
})

test('an ACL that says what is already so is accepted in every form', async () => {
  const { s3, put } = await s3Fixture()
  await put('k', 'x')
  const { Owner, Grants } = await s3<{ Owner: { ID: string }; Grants: { Permission: string }[] }>('GetBucketAcl', {
    Bucket,
  })
  const own = { Owner, Grants }
  for (const acl of [{ ACL: 'bucket-owner-full-control' }, { ACL: 'private' }, { AccessControlPolicy: own }]) {
    await s3('PutBucketAcl', { Bucket, ...acl })
    await s3('PutObjectAcl', { Bucket, Key: 'k', ...acl })
  }
  const read = { ...own, Grants: Grants.map((grant) => ({ ...grant, Permission: 'READ' })) }
  const more = { ...own, Grants: [...Grants, ...read.Grants] }
  for (const acl of [
    { ACL: 'public-read' },
    { GrantRead: 'id=1' },
    { AccessControlPolicy: read },
    { AccessControlPolicy: more },
    { ACL: 'private', GrantRead: 'id=1' },
  ]) {
    await assert.rejects(s3('PutBucketAcl', { Bucket, ...acl }), { code: 'AccessControlListNotSupported' })
    await assert.rejects(s3('PutObjectAcl', { Bucket, Key: 'k', ...acl }), { code: 'AccessControlListNotSupported' })
  }
})
