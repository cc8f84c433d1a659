import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zipOf } from '../../../../test/fixtures/zip.ts'
import type { CollectionSpec } from '../../../core/store.ts'
import type { LambdaFunction } from '../domain/function.ts'
import { alice, lambdaFixture, policyOf, refusedAction, region, roleArn, scope, untrustingRoleArn } from '../testing.ts'

const arn = (name: string) => `arn:aws:lambda:${region}:${scope.accountId}:function:${name}`
const code = { 'index.mjs': 'export const handler = async () => 2' }
const refused = (message: string | RegExp) => ({ code: 'InvalidParameterValueException', message })

test('CreateFunction answers that the function is pending; it is active in every later answer', async () => {
  const lambda = await lambdaFixture()
  const made = await lambda.create('pay', { Description: 'pays', Tags: { team: 'blue' }, Timeout: 900 })
  assert.deepEqual(
    [made.State, made.StateReason, made.StateReasonCode, made.LastUpdateStatus],
    ['Pending', 'The function is being created.', 'Creating', undefined],
  )
  const { Configuration, Tags } = await lambda.call('GetFunction', { FunctionName: 'pay' })
  assert.deepEqual(Tags, { team: 'blue' })
  assert.match(Configuration?.RevisionId ?? '', /^[0-9a-f-]{36}$/)
  assert.match(Configuration?.CodeSha256 ?? '', /^[A-Za-z0-9+/]{43}=$/)
  const { RevisionId: _, CodeSha256: __, CodeSize: ___, ...rest } = Configuration ?? {}
  assert.deepEqual(rest, {
    FunctionName: 'pay',
    FunctionArn: arn('pay'),
    Runtime: 'nodejs22.x',
    Role: roleArn,
    Handler: 'index.handler',
    Description: 'pays',
    Timeout: 900,
    MemorySize: 128,
    LastModified: '2026-03-01T12:00:00.000+0000',
    Version: '$LATEST',
    Environment: undefined,
    KMSKeyArn: undefined,
    TracingConfig: { Mode: 'PassThrough' },
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: ['x86_64'],
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/pay' },
  })
})

test('CreateFunction refuses names that are taken, roles that do not trust Lambda, and runtimes it cannot run', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('pay')
  await assert.rejects(lambda.create('pay'), {
    code: 'ResourceConflictException',
    status: 409,
    message: 'Function already exist: pay',
  })
  await assert.rejects(
    lambda.create('ship', { Role: untrustingRoleArn }),
    refused('The role defined for the function cannot be assumed by Lambda.'),
  )
  await assert.rejects(
    lambda.create('ship', { Runtime: 'python2.7' }),
    refused(
      /^Value python2\.7 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \[nodejs20\.x, /,
    ),
  )
  await assert.rejects(
    lambda.create('ship', { Runtime: 'java21' }),
    refused(/^Strongroom does not run java21; it runs /),
  )
  await assert.rejects(
    lambda.create('ship', { MemorySize: 10_241 }),
    refused("'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240"),
  )
  await assert.rejects(lambda.create('ship', { Handler: undefined }), refused(/^Runtime and Handler are mandatory/))
})

test('CreateFunction refuses what it would have to ignore', async () => {
  const lambda = await lambdaFixture()
  const asked = [
    { Layers: ['arn:aws:lambda:us-east-1:111122223333:layer:a:1'] },
    { VpcConfig: { SubnetIds: ['subnet-1'] } },
    { DeadLetterConfig: { TargetArn: 'arn:aws:sqs:us-east-1:111122223333:q' } },
    { TracingConfig: { Mode: 'Active' as const } },
    { LoggingConfig: { LogFormat: 'JSON' as const } },
    { PackageType: 'Image' as const },
  ]
  for (const more of asked)
    await assert.rejects(lambda.create('f', more), refused(/^Strongroom does not support .+ yet\.$/))
})

test('CreateFunction takes code as a zip archive in the request alone', async () => {
  const lambda = await lambdaFixture()
  await assert.rejects(
    lambda.create('f', { Code: { ZipFile: Buffer.from('no archive') } }),
    refused('Could not unzip uploaded file. Please check your file, then try to upload again.'),
  )
  await assert.rejects(lambda.create('f', { Code: {} }), refused('Please provide a source for function code.'))
  await assert.rejects(
    lambda.create('f', { Code: { S3Bucket: 'bucket', S3Key: 'k' } }),
    refused(/^Error occurred while GetObject\. S3 Error Code: NoSuchBucket\. S3 Error Message: /),
  )
  await assert.rejects(lambda.create('f', { Code: { ZipFile: Buffer.alloc(52_428_800) } }), {
    code: 'RequestEntityTooLargeException',
    status: 413,
    message: 'Zipped size must be smaller than 52428800 bytes',
  })
})

test('variables are encrypted with the key of the function, and a caller who may not decrypt gets the error', async () => {
  const lambda = await lambdaFixture()
  const Variables = { TOKEN: 'secret words' }
  await lambda.create('f', { Environment: { Variables } })
  const context = { 'aws:lambda:FunctionArn': arn('f') }
  const [encrypt] = lambda.kmsRecords()
  assert.equal(encrypt?.eventName, 'Encrypt')
  assert.equal(encrypt?.requestParameters?.keyId, 'alias/aws/lambda')
  assert.deepEqual(encrypt?.requestParameters?.encryptionContext, context)
  const { Configuration } = await lambda.call('GetFunction', { FunctionName: 'f' })
  assert.deepEqual(Configuration?.Environment, { Variables })
  const { KeyMetadata } = (await lambda.ask('kms', 'CreateKey', {})) as { KeyMetadata: { Arn: string } }
  const KMSKeyArn = KeyMetadata.Arn
  await lambda.call('UpdateFunctionConfiguration', { FunctionName: 'f', KMSKeyArn })
  const grant = lambda.kmsRecords().at(-1)
  const { keyId, granteePrincipal, constraints } = grant?.requestParameters ?? {}
  assert.deepEqual(
    [grant?.eventName, keyId, granteePrincipal, constraints],
    ['CreateGrant', KMSKeyArn, roleArn, { encryptionContextEquals: context }],
  )
  await lambda.call('DeleteFunction', { FunctionName: 'f' })
  assert.equal(lambda.kmsRecords().at(-1)?.eventName, 'RetireGrant')
})

test('variables have no reserved names, no NUL and 4 KB at most', async () => {
  const lambda = await lambdaFixture()
  const withVariables = (Variables: Record<string, string>) => lambda.create('f', { Environment: { Variables } })
  await assert.rejects(
    withVariables({ AWS_REGION: 'x', OK: 'y' }),
    refused(/Reserved keys used in this request: AWS_REGION$/),
  )
  await assert.rejects(withVariables({ BAD: 'a\0b' }), refused(/^The environment variable BAD has a NUL/))
  await assert.rejects(withVariables({ LONG: 'x'.repeat(4096) }), refused(/exceeded the 4KB limit\.$/))
  await withVariables({ LONG: 'x'.repeat(4096 - '{"LONG":""}'.length) })
})

test('UpdateFunctionCode and UpdateFunctionConfiguration change what is named, and mind the revision', async () => {
  const lambda = await lambdaFixture()
  const before = await lambda.create('f')
  const ZipFile = await zipOf(code)
  const dry = await lambda.call('UpdateFunctionCode', { FunctionName: 'f', ZipFile, DryRun: true })
  assert.notEqual(dry.CodeSha256, before.CodeSha256)
  const unchanged = await lambda.call('GetFunctionConfiguration', { FunctionName: 'f' })
  assert.equal(unchanged.CodeSha256, before.CodeSha256)
  const updated = await lambda.call('UpdateFunctionCode', { FunctionName: 'f', ZipFile, RevisionId: before.RevisionId })
  assert.deepEqual([updated.CodeSha256, updated.LastUpdateStatus], [dry.CodeSha256, 'InProgress'])
  await assert.rejects(
    lambda.call('UpdateFunctionConfiguration', { FunctionName: 'f', RevisionId: before.RevisionId }),
    {
      code: 'PreconditionFailedException',
      status: 412,
    },
  )
  const configured = await lambda.call('UpdateFunctionConfiguration', { FunctionName: 'f', Timeout: 7 })
  assert.deepEqual([configured.Timeout, configured.MemorySize, configured.CodeSha256], [7, 128, dry.CodeSha256])
})

test('of two configurations that come at once the later gets the error that an update is in progress', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f')
  const update = (Description: string) => lambda.call('UpdateFunctionConfiguration', { FunctionName: 'f', Description })
  const outcomes = await Promise.allSettled([update('one'), update('two')])
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  assert.deepEqual(
    refused.map(({ code }) => code),
    ['ResourceConflictException'],
  )
})

/** How many archives are stored. */
const archivesOf = async ({ store }: Awaited<ReturnType<typeof lambdaFixture>>) =>
  (await store.in({ name: 'storage.blobs' }).list({ accountId: '', region: '' })).length

test('code is kept for as long as a version has it, and no longer', async () => {
  const lambda = await lambdaFixture()
  const count = () => archivesOf(lambda)
  await lambda.create('f')
  await lambda.call('PublishVersion', { FunctionName: 'f' })
  assert.equal(await count(), 1)
  await lambda.call('UpdateFunctionCode', { FunctionName: 'f', ZipFile: await zipOf(code) })
  assert.equal(await count(), 2)
  await lambda.call('DeleteFunction', { FunctionName: 'f', Qualifier: '1' })
  assert.equal(await count(), 1)
  const { AccountUsage } = await lambda.call('GetAccountSettings', {})
  assert.equal(AccountUsage?.FunctionCount, 1)
  await lambda.call('DeleteFunction', { FunctionName: 'f' })
  assert.equal(await count(), 0)
  assert.deepEqual((await lambda.call('GetAccountSettings', {})).AccountUsage, { TotalCodeSize: 0, FunctionCount: 0 })
})

test('code that was stored for a function that never came is removed within the hour', async () => {
  const lambda = await lambdaFixture()
  const count = () => archivesOf(lambda)
  await lambda.lambda.codes.add(scope, Buffer.alloc(600_000))
  await lambda.create('f')
  assert.equal(await count(), 2)
  await lambda.advance(3601)
  assert.equal(await count(), 1)
})

test('code that an earlier version of the server stored in documents is read, and goes with its function', async () => {
  const lambda = await lambdaFixture()
  const chunks: CollectionSpec<{ bytes: string }> = { name: 'lambda.code-chunks', sealed: ['bytes'] }
  const functions: CollectionSpec<LambdaFunction> = { name: 'lambda.functions' }
  await lambda.create('f')
  const { latest } = (await lambda.store.in(functions).get(scope, 'f')) ?? assert.fail()
  const archive = await lambda.lambda.codes.read(scope, latest.code)
  const half = Math.floor(archive.length / 2)
  await lambda.store.transaction(async (tx) => {
    await tx.in({ name: 'lambda.codes' }).put(scope, latest.code.codeId, { chunks: 2, references: 1 })
    for (const [number, bytes] of [archive.subarray(0, half), archive.subarray(half)].entries()) {
      await tx.in(chunks).put(scope, `${latest.code.codeId}/000${number}`, { bytes: bytes.toString('base64') })
    }
  })
  assert.ok((await lambda.lambda.codes.read(scope, latest.code)).equals(archive))
  await lambda.call('DeleteFunction', { FunctionName: 'f' })
  assert.deepEqual(await lambda.store.in(chunks).list(scope), [])
})

test('ListFunctions shows pages in order of name, and its markers fit no other list', async () => {
  const lambda = await lambdaFixture()
  for (const name of ['c', 'a', 'b']) await lambda.create(name)
  const first = await lambda.call('ListFunctions', { MaxItems: 2 })
  assert.deepEqual(
    first.Functions?.map(({ FunctionName }) => FunctionName),
    ['a', 'b'],
  )
  const second = await lambda.call('ListFunctions', { MaxItems: 2, Marker: first.NextMarker })
  assert.deepEqual(
    second.Functions?.map(({ FunctionName }) => FunctionName),
    ['c'],
  )
  assert.equal(second.NextMarker, undefined)
  const Marker = first.NextMarker
  await assert.rejects(lambda.call('ListAliases', { FunctionName: 'a', Marker }), refused('Invalid Marker'))
})

test('functions are named by name, by account and name, and by ARN of this region', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f')
  for (const FunctionName of ['f', `${scope.accountId}:function:f`, arn('f'), `${arn('f')}:$LATEST`]) {
    const { Configuration } = await lambda.call('GetFunction', { FunctionName })
    assert.equal(Configuration?.FunctionName, 'f')
  }
  const elsewhere = `arn:aws:lambda:eu-west-1:${scope.accountId}:function:f`
  await assert.rejects(lambda.call('GetFunction', { FunctionName: elsewhere }), {
    code: 'ResourceNotFoundException',
    message: "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
  })
  await assert.rejects(
    lambda.call('GetFunction', { FunctionName: 'f:1', Qualifier: '2' }),
    refused('The derived qualifier from the function name does not match the specified qualifier.'),
  )
  const FunctionName = 'f'.repeat(65)
  await assert.rejects(lambda.call('GetFunction', { FunctionName }), {
    code: 'ValidationException',
    message: `1 validation error detected: Value '${FunctionName}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
  })
  await assert.rejects(lambda.call('GetFunction', { FunctionName: 'f:live' }), {
    code: 'ResourceNotFoundException',
    status: 404,
    message: `Function not found: ${arn('f')}:live`,
  })
})

test('a caller who gives a role to a function must be allowed to pass it to Lambda', async () => {
  const lambda = await lambdaFixture()
  const Condition = { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } }
  const statements = [
    { Effect: 'Allow', Action: 'lambda:*', Resource: '*' },
    { Effect: 'Allow', Action: 'iam:PassRole', Resource: '*', Condition },
  ]
  await lambda.putUser(alice, [policyOf(...statements)])
  await lambda.create('f')
  const ZipFile = await zipOf(code)
  const request = { FunctionName: 'g', Runtime: 'nodejs22.x' as const, Handler: 'index.handler', Role: roleArn }
  const creating = lambda.call('CreateFunction', { ...request, Code: { ZipFile } }, { caller: alice })
  assert.equal(await refusedAction(creating), 'iam:PassRole')
  const update = { FunctionName: 'f', Timeout: 5 }
  await lambda.call('UpdateFunctionConfiguration', update, { caller: alice })
  const passing = { ...update, Role: untrustingRoleArn }
  const updating = lambda.call('UpdateFunctionConfiguration', passing, { caller: alice })
  assert.equal(await refusedAction(updating), 'iam:PassRole')
})

test('tags are added, replaced and taken away', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f', { Tags: { a: '1' } })
  const Resource = arn('f')
  await lambda.call('TagResource', { Resource, Tags: { a: '2', b: '3' } })
  await lambda.call('UntagResource', { Resource, TagKeys: ['b', 'never'] })
  assert.deepEqual(await lambda.call('ListTags', { Resource }), { Tags: { a: '2' } })
  await assert.rejects(lambda.call('TagResource', { Resource, Tags: { 'aws:x': '1' } }), refused(/reserved/))
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '']))
  await lambda.call('TagResource', { Resource, Tags: many(49) })
  const tooMany = refused('Number of tags exceeds resource tag limit.')
  await assert.rejects(lambda.call('TagResource', { Resource, Tags: { one: 'more' } }), tooMany)
  await assert.rejects(lambda.create('g', { Tags: many(51) }), tooMany)
})

test('tags are those of a function, not of its versions and aliases', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f', { Publish: true })
  const qualified = refused('Tags on function aliases and versions are not supported. Please specify a function ARN.')
  for (const Resource of [`${arn('f')}:1`, `${arn('f')}:live`, `${arn('f')}:$LATEST`]) {
    await assert.rejects(lambda.call('TagResource', { Resource, Tags: { a: '1' } }), qualified)
    await assert.rejects(lambda.call('UntagResource', { Resource, TagKeys: ['a'] }), qualified)
    await assert.rejects(lambda.call('ListTags', { Resource }), qualified)
  }
})
