import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zipOf } from '../../../../test/fixtures/zip.ts'
import { lambdaFixture, region, scope } from '../testing.ts'

const arn = (name: string) => `arn:aws:lambda:${region}:${scope.accountId}:function:${name}`
const otherCode = () => zipOf({ 'index.mjs': 'export const handler = async () => 3' })

test('PublishVersion makes a version that stays as it is, and none when nothing has changed', async () => {
  const lambda = await lambdaFixture()
  const { CodeSha256 } = await lambda.create('f')
  const first = await lambda.call('PublishVersion', { FunctionName: 'f', Description: 'one' })
  assert.deepEqual([first.Version, first.FunctionArn, first.Description], ['1', `${arn('f')}:1`, 'one'])
  assert.equal((await lambda.call('PublishVersion', { FunctionName: 'f' })).Version, '1')
  await lambda.call('UpdateFunctionCode', { FunctionName: 'f', ZipFile: await otherCode() })
  const stale = lambda.call('PublishVersion', { FunctionName: 'f', CodeSha256 })
  await assert.rejects(stale, {
    code: 'InvalidParameterValueException',
    message:
      /^CodeSHA256 \(.+\) is different from current CodeSHA256 in \$LATEST \(.+\)\. Please try again with the CodeSHA256 in \$LATEST\.$/,
  })
  assert.equal((await lambda.call('PublishVersion', { FunctionName: 'f' })).Version, '2')
  const { Configuration } = await lambda.call('GetFunction', { FunctionName: 'f', Qualifier: '1' })
  assert.equal(Configuration?.CodeSha256, CodeSha256)
  const { Versions } = await lambda.call('ListVersionsByFunction', { FunctionName: 'f' })
  assert.deepEqual(
    Versions?.map(({ Version }) => Version),
    ['$LATEST', '1', '2'],
  )
})

test('ListVersionsByFunction goes on where a page ended, beyond nine versions', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f')
  for (let timeout = 1; timeout <= 11; timeout++) {
    await lambda.call('UpdateFunctionConfiguration', { FunctionName: 'f', Timeout: timeout + 10 })
    await lambda.call('PublishVersion', { FunctionName: 'f' })
  }
  const seen: (string | undefined)[] = []
  let Marker: string | undefined
  do {
    const page = await lambda.call('ListVersionsByFunction', { FunctionName: 'f', MaxItems: 5, Marker })
    seen.push(...(page.Versions ?? []).map(({ Version }) => Version))
    Marker = page.NextMarker
  } while (Marker)
  assert.deepEqual(seen, ['$LATEST', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11'])
})

test('an alias names a version, moves, and keeps its version from being deleted', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f', { Publish: true })
  const made = await lambda.call('CreateAlias', { FunctionName: 'f', Name: 'live', FunctionVersion: '1' })
  assert.equal(made.AliasArn, `${arn('f')}:live`)
  await assert.rejects(lambda.call('CreateAlias', { FunctionName: 'f', Name: 'live', FunctionVersion: '1' }), {
    code: 'ResourceConflictException',
    message: `Alias already exists: ${arn('f')}:live`,
  })
  await assert.rejects(lambda.call('CreateAlias', { FunctionName: 'f', Name: 'next', FunctionVersion: '2' }), {
    code: 'ResourceNotFoundException',
    message: `Function not found: ${arn('f')}:2`,
  })
  const { Configuration } = await lambda.call('GetFunction', { FunctionName: 'f', Qualifier: 'live' })
  assert.deepEqual([Configuration?.FunctionArn, Configuration?.Version], [`${arn('f')}:live`, '1'])
  const { ExecutedVersion } = await lambda.call('Invoke', { FunctionName: 'f', Qualifier: 'live' })
  assert.equal(ExecutedVersion, '1')
  assert.equal(lambda.runs.at(-1)?.event.invokedArn, `${arn('f')}:live`)
  await assert.rejects(lambda.call('CreateAlias', { FunctionName: 'g', Name: 'live', FunctionVersion: '1' }), {
    code: 'ResourceNotFoundException',
    message: `Function not found: ${arn('g')}:1`,
  })
  await assert.rejects(lambda.call('UpdateAlias', { FunctionName: 'f', Name: 'next', FunctionVersion: '1' }), {
    code: 'ResourceNotFoundException',
    message: `Alias not found: ${arn('f')}:next`,
  })
  await assert.rejects(lambda.call('DeleteFunction', { FunctionName: 'f', Qualifier: 'live' }), {
    code: 'InvalidParameterValueException',
    message: 'Deletion of aliases is not currently supported.',
  })
  const inUse = lambda.call('DeleteFunction', { FunctionName: 'f', Qualifier: '1' })
  await assert.rejects(inUse, {
    code: 'ResourceConflictException',
    message: 'Unable to delete version because the following aliases reference it: [live]',
  })
  const stale = { FunctionName: 'f', Name: 'live', RevisionId: '00000000-0000-0000-0000-000000000000' }
  await assert.rejects(lambda.call('UpdateAlias', stale), { code: 'PreconditionFailedException' })
  await lambda.call('UpdateAlias', { FunctionName: 'f', Name: 'live', FunctionVersion: '$LATEST' })
  assert.deepEqual(
    (await lambda.call('ListAliases', { FunctionName: 'f', FunctionVersion: '$LATEST' })).Aliases?.map(
      ({ Name }) => Name,
    ),
    ['live'],
  )
  await lambda.call('DeleteFunction', { FunctionName: 'f', Qualifier: '1' })
  const again = await lambda.call('DeleteFunction', { FunctionName: 'f', Qualifier: '1' })
  assert.equal(again.StatusCode, 204)
  await assert.rejects(lambda.call('DeleteFunction', { FunctionName: 'g', Qualifier: '1' }), {
    code: 'ResourceNotFoundException',
    message: `Function not found: ${arn('g')}:1`,
  })
  await lambda.call('DeleteAlias', { FunctionName: 'f', Name: 'live' })
  await assert.rejects(lambda.call('GetAlias', { FunctionName: 'f', Name: 'live' }), {
    code: 'ResourceNotFoundException',
    message: `Cannot find alias arn: ${arn('f')}:live`,
  })
})

test('an alias with weights sends its share of invocations to the further version', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f', { Publish: true })
  await lambda.call('UpdateFunctionCode', { FunctionName: 'f', ZipFile: await otherCode(), Publish: true })
  const alias = { FunctionName: 'f', Name: 'live', FunctionVersion: '1' }
  const RoutingConfig = { AdditionalVersionWeights: { '2': 0.3 } }
  const refused = (message: string) => ({ code: 'InvalidParameterValueException', message })
  await assert.rejects(
    lambda.call('CreateAlias', { ...alias, FunctionVersion: '2', RoutingConfig }),
    refused('Invalid function version 2. Function version 2 is already included in routing configuration.'),
  )
  await assert.rejects(
    lambda.call('CreateAlias', { ...alias, FunctionVersion: '$LATEST', RoutingConfig }),
    refused('$LATEST is not supported for an alias pointing to more than 1 version'),
  )
  const AdditionalVersionWeights = { '2': 0.3, '3': 0.3 }
  await assert.rejects(
    lambda.call('CreateAlias', { ...alias, RoutingConfig: { AdditionalVersionWeights } }),
    refused('Number of items in AdditionalVersionWeights cannot be greater than 1'),
  )
  assert.deepEqual((await lambda.call('CreateAlias', { ...alias, RoutingConfig })).RoutingConfig, RoutingConfig)
  for (let count = 0; count < 200; count++) await lambda.call('Invoke', { FunctionName: 'f', Qualifier: 'live' })
  const further = lambda.runs.filter(({ version }) => version.version === '2').length
  assert.ok(further > 25 && further < 100, `${further} of 200`)
})

test('a function may reserve concurrency as long as the others keep a hundred', async () => {
  const lambda = await lambdaFixture()
  await lambda.create('f')
  await lambda.create('g')
  const reserve = (FunctionName: string, ReservedConcurrentExecutions: number) =>
    lambda.call('PutFunctionConcurrency', { FunctionName, ReservedConcurrentExecutions })
  await reserve('f', 600)
  await assert.rejects(reserve('g', 301), {
    code: 'InvalidParameterValueException',
    message:
      "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
  })
  await reserve('g', 300)
  await reserve('f', 0)
  assert.deepEqual(await lambda.call('GetFunctionConcurrency', { FunctionName: 'f' }), {
    ReservedConcurrentExecutions: 0,
  })
  const { AccountLimit } = await lambda.call('GetAccountSettings', {})
  assert.equal(AccountLimit?.UnreservedConcurrentExecutions, 700)
  await lambda.call('DeleteFunctionConcurrency', { FunctionName: 'g' })
  await lambda.call('DeleteFunction', { FunctionName: 'f' })
  assert.equal((await lambda.call('GetAccountSettings', {})).AccountLimit?.UnreservedConcurrentExecutions, 1000)
})
