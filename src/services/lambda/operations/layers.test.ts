import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId, alice, lambdaFixture, otherAccountId, policyOf, region } from '../testing.ts'

const missing = {
  code: 'ResourceNotFoundException',
  status: 404,
  message: 'The resource you requested does not exist.',
}
const arnOf = (resource: string, account = accountId) => `arn:aws:lambda:${region}:${account}:${resource}`

test('an account has no layers, no event source mappings and no code signing configurations', async () => {
  const lambda = await lambdaFixture()
  assert.deepEqual((await lambda.call('ListLayers', {})).Layers, [])
  assert.deepEqual((await lambda.call('ListLayerVersions', { LayerName: 'l' })).LayerVersions, [])
  assert.deepEqual((await lambda.call('ListEventSourceMappings', {})).EventSourceMappings, [])
  assert.deepEqual((await lambda.call('ListCodeSigningConfigs', {})).CodeSigningConfigs, [])
  await assert.rejects(lambda.call('GetLayerVersion', { LayerName: 'l', VersionNumber: 1 }), missing)
  await assert.rejects(lambda.call('GetLayerVersionPolicy', { LayerName: 'l', VersionNumber: 1 }), missing)
  await assert.rejects(lambda.call('GetLayerVersionByArn', { Arn: arnOf('layer:l:1') }), missing)
  await assert.rejects(lambda.call('GetEventSourceMapping', { UUID: '0b4ea1e0-0000-4000-8000-000000000000' }), missing)
  const CodeSigningConfigArn = arnOf('code-signing-config:csc-0123456789abcdef0')
  const notFound = { code: 'ResourceNotFoundException', status: 404 }
  await assert.rejects(lambda.call('GetCodeSigningConfig', { CodeSigningConfigArn }), notFound)
  await assert.rejects(lambda.call('ListFunctionsByCodeSigningConfig', { CodeSigningConfigArn }), notFound)
})

test('a resource other than a function is authorised under its own ARN', async () => {
  const lambda = await lambdaFixture()
  const mine = '0b4ea1e0-0000-4000-8000-000000000000'
  const Resource = [arnOf('layer:mine:1'), arnOf(`event-source-mapping:${mine}`)]
  const Action = ['lambda:GetLayerVersion', 'lambda:GetLayerVersionPolicy', 'lambda:GetEventSourceMapping']
  await lambda.putUser(alice, [policyOf({ Effect: 'Allow', Action, Resource })])
  const caller = { caller: alice }
  for (const LayerName of ['mine', arnOf('layer:mine')]) {
    await assert.rejects(lambda.call('GetLayerVersion', { LayerName, VersionNumber: 1 }, caller), missing)
    await assert.rejects(lambda.call('GetLayerVersionPolicy', { LayerName, VersionNumber: 1 }, caller), missing)
    await assert.rejects(lambda.call('GetLayerVersion', { LayerName, VersionNumber: 2 }, caller), {
      code: 'AccessDeniedException',
    })
  }
  await assert.rejects(lambda.call('GetLayerVersionByArn', { Arn: arnOf('layer:mine:1') }, caller), missing)
  await assert.rejects(lambda.call('GetLayerVersionByArn', { Arn: arnOf('layer:mine:2') }, caller), {
    code: 'AccessDeniedException',
  })
  await assert.rejects(lambda.call('GetEventSourceMapping', { UUID: mine }, caller), missing)
  await assert.rejects(lambda.call('GetEventSourceMapping', { UUID: mine.replace('0b', '1b') }, caller), {
    code: 'AccessDeniedException',
  })
  await assert.rejects(lambda.call('ListLayers', {}, caller), { code: 'AccessDeniedException' })
})

test('a layer of another account is closed to every caller, whether or not it exists', async () => {
  const lambda = await lambdaFixture()
  const Arn = arnOf('layer:theirs:1', otherAccountId)
  await assert.rejects(lambda.call('GetLayerVersionByArn', { Arn }, { caller: alice }), {
    code: 'AccessDeniedException',
  })
})
