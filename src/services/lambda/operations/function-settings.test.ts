import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InputOf } from '../testing.ts'
import { accountId, alice, lambdaFixture, policyOf, refusedAction, region } from '../testing.ts'

const arn = `arn:aws:lambda:${region}:${accountId}:function:f`
const notFound = (message: string) => ({ code: 'ResourceNotFoundException', status: 404, message })

async function withFunction() {
  const lambda = await lambdaFixture()
  await lambda.create('f', { Publish: true })
  await lambda.call('CreateAlias', { FunctionName: 'f', Name: 'live', FunctionVersion: '1' })
  return lambda
}

test('a function has its runtime updated with the machine, and no code signing', async () => {
  const lambda = await withFunction()
  assert.deepEqual(await lambda.call('GetRuntimeManagementConfig', { FunctionName: 'f' }), {
    UpdateRuntimeOn: 'Auto',
    FunctionArn: arn,
  })
  const ofVersion = await lambda.call('GetRuntimeManagementConfig', { FunctionName: 'f', Qualifier: '1' })
  assert.equal(ofVersion.FunctionArn, `${arn}:1`)
  await assert.rejects(
    lambda.call('GetRuntimeManagementConfig', { FunctionName: 'f', Qualifier: 'live' }),
    notFound(`Function not found: ${arn}:live`),
  )
  const signing = await lambda.call('GetFunctionCodeSigningConfig', { FunctionName: arn })
  assert.deepEqual([signing.FunctionName, signing.CodeSigningConfigArn], ['f', undefined])
})

test('a function has the recursion setting that AWS gives every function', async () => {
  const lambda = await withFunction()
  const read = (FunctionName: string) => lambda.call('GetFunctionRecursionConfig', { FunctionName })
  assert.deepEqual(await read('f'), { RecursiveLoop: 'Terminate' })
  await assert.rejects(
    read('none'),
    notFound(`Function not found: arn:aws:lambda:${region}:${accountId}:function:none`),
  )
})

test('a function has no configuration of events, no URL and no provisioned concurrency', async () => {
  const lambda = await withFunction()
  for (const [Qualifier, named] of [
    [undefined, '$LATEST'],
    ['live', 'live'],
    ['1', '1'],
  ]) {
    await assert.rejects(
      lambda.call('GetFunctionEventInvokeConfig', { FunctionName: 'f', Qualifier }),
      notFound(`The function ${arn}:${named} doesn't have an EventInvokeConfig`),
    )
  }
  await assert.rejects(
    lambda.call('GetFunctionUrlConfig', { FunctionName: 'f', Qualifier: 'live' }),
    notFound('The resource you requested does not exist.'),
  )
  const provisioned = (Qualifier: string) =>
    lambda.call('GetProvisionedConcurrencyConfig', { FunctionName: 'f', Qualifier })
  await assert.rejects(provisioned('live'), {
    code: 'ProvisionedConcurrencyConfigNotFoundException',
    status: 404,
    message: 'No Provisioned Concurrency Config found for this function',
  })
  await assert.rejects(provisioned('$LATEST'), { code: 'InvalidParameterValueException' })
  await assert.rejects(provisioned('2'), notFound(`Function not found: ${arn}:2`))
  const FunctionName = 'f'
  const lists = [
    await lambda.call('ListFunctionEventInvokeConfigs', { FunctionName }),
    await lambda.call('ListFunctionUrlConfigs', { FunctionName }),
    await lambda.call('ListProvisionedConcurrencyConfigs', { FunctionName }),
    await lambda.call('ListEventSourceMappings', { FunctionName }),
  ]
  assert.deepEqual(
    lists.map((list) => Object.entries(list).filter(([, value]) => value !== undefined)),
    [
      [['FunctionEventInvokeConfigs', []]],
      [['FunctionUrlConfigs', []]],
      [['ProvisionedConcurrencyConfigs', []]],
      [['EventSourceMappings', []]],
    ],
  )
})

const ofOneFunction = [
  'GetFunctionCodeSigningConfig',
  'GetRuntimeManagementConfig',
  'GetFunctionEventInvokeConfig',
  'ListFunctionEventInvokeConfigs',
  'GetFunctionUrlConfig',
  'ListFunctionUrlConfigs',
  'GetProvisionedConcurrencyConfig',
  'ListProvisionedConcurrencyConfigs',
] as const

test('settings of a function that does not exist are not found, under the ARN that was asked for', async () => {
  const lambda = await lambdaFixture()
  for (const operation of ofOneFunction) {
    const isProvisioned = operation === 'GetProvisionedConcurrencyConfig'
    const input = { FunctionName: 'f', ...(isProvisioned && { Qualifier: '1' }) } as InputOf<typeof operation>
    const missing = notFound(`Function not found: ${arn}${isProvisioned ? ':1' : ''}`)
    await assert.rejects(lambda.call(operation, input), missing, operation)
  }
  await assert.rejects(
    lambda.call('ListEventSourceMappings', { FunctionName: 'f' }),
    notFound(`Function not found: ${arn}`),
  )
})

test('settings of a function are read by whom an identity policy lets, for that function alone', async () => {
  const lambda = await withFunction()
  await lambda.create('g')
  const Action = ofOneFunction.map((operation) => `lambda:${operation}`)
  await lambda.putUser(alice, [policyOf({ Effect: 'Allow', Action, Resource: [arn, `${arn}:*`] })])
  for (const operation of ofOneFunction) {
    const ask = (FunctionName: string) =>
      lambda.call(operation, { FunctionName, Qualifier: 'live' } as InputOf<typeof operation>, { caller: alice })
    await assert.rejects(ask('g'), { code: 'AccessDeniedException' }, operation)
    assert.equal(await refusedAction(ask('f')), undefined, operation)
  }
})

test('lists of what a function has not give no marker, and take none', async () => {
  const lambda = await withFunction()
  const invalid = { code: 'InvalidParameterValueException', message: 'Invalid Marker' }
  const FunctionName = 'f'
  const Marker = 'made up'
  await assert.rejects(lambda.call('ListFunctionEventInvokeConfigs', { FunctionName, Marker }), invalid)
  await assert.rejects(lambda.call('ListFunctionUrlConfigs', { FunctionName, Marker }), invalid)
  await assert.rejects(lambda.call('ListProvisionedConcurrencyConfigs', { FunctionName, Marker }), invalid)
  await assert.rejects(lambda.call('ListEventSourceMappings', { Marker }), invalid)
  await assert.rejects(lambda.call('ListLayers', { Marker }), invalid)
  await assert.rejects(lambda.call('ListLayerVersions', { LayerName: 'l', Marker }), invalid)
  await assert.rejects(lambda.call('ListCodeSigningConfigs', { Marker }), invalid)
})
