import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceRegistry } from '../../gateway/service-registry.ts'
import { offered } from '../../testing/service-fixture.ts'
import { sts } from './sts.ts'
import { stsOperations } from './sts-service.ts'
import { accountId } from './testing.ts'

const loadedService = () => {
  const { definition } = sts
  return new ServiceRegistry([offered({ definition, instance: { context: (call) => call } })]).load(definition)
}

/** Returns what the gateway answers to an input before it asks for permissions. */
async function refusal(operation: keyof typeof stsOperations, input: object) {
  const found = (await loadedService()).operation(operation)?.validate({ ...input })
  return found && { code: found.code, message: found.message }
}

const RoleArn = `arn:aws:iam::${accountId}:role/deploy`
const asked = { RoleArn, RoleSessionName: 'ci' }

const oneError = (rest: string) => ({ code: 'ValidationError', message: `1 validation error detected: ${rest}` })

test('stsService declares operations that its model knows and speaks the query protocol of 2011-06-15', async () => {
  const { definition, schemas } = await loadedService()
  for (const name of Object.keys(definition.operations)) assert.ok(schemas.operation(name), name)
  assert.deepEqual(definition.bindings, [
    {
      protocol: 'awsQuery',
      version: '2011-06-15',
      xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
      times: 'seconds',
    },
  ])
  assert.equal(definition.globalRegion, undefined)
})

test('stsService reads what assumes roles and asks, and writes what makes tokens', () => {
  const reads = Object.entries(stsOperations).filter(([, { readOnly }]) => readOnly)
  assert.deepEqual(
    reads.map(([name]) => name),
    ['AssumeRole', 'DecodeAuthorizationMessage', 'GetAccessKeyInfo', 'GetCallerIdentity'],
  )
})

test('stsService refuses inputs outside the limits of the model, showing their values', async () => {
  assert.equal(await refusal('AssumeRole', asked), undefined)
  assert.deepEqual(
    await refusal('AssumeRole', { ...asked, DurationSeconds: 899 }),
    oneError(
      "Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
    ),
  )
  assert.deepEqual(
    await refusal('AssumeRole', { RoleArn }),
    oneError("Value null at 'roleSessionName' failed to satisfy constraint: Member must not be null"),
  )
  assert.deepEqual(
    await refusal('GetFederationToken', { Name: 'b' }),
    oneError("Value 'b' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 2"),
  )
  assert.deepEqual(
    await refusal('GetSessionToken', { DurationSeconds: 129_601 }),
    oneError(
      "Value '129601' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 129600",
    ),
  )
})

test('stsService refuses what the API reference forbids beyond the model', async () => {
  const Policy = 'x'.repeat(2049)
  assert.deepEqual(
    await refusal('AssumeRole', { ...asked, Policy }),
    oneError(
      `Value '${Policy}' at 'policy' failed to satisfy constraint: Member must have length less than or equal to 2048`,
    ),
  )
  const PolicyArns = Array.from({ length: 11 }, () => ({ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }))
  for (const [operation, input] of [
    ['AssumeRole', asked],
    ['GetFederationToken', { Name: 'bob' }],
  ] as const) {
    assert.match((await refusal(operation, { ...input, PolicyArns }))?.message ?? '', /'policyArns' .* equal to 10$/)
  }
  for (const [operation, input] of [
    ['AssumeRole', asked],
    ['GetFederationToken', { Name: 'bob' }],
    ['GetSessionToken', {}],
  ] as const) {
    assert.deepEqual(
      await refusal(operation, { ...input, MinimumSessionTokenSize: 4097 }),
      oneError(
        "Value '4097' at 'minimumSessionTokenSize' failed to satisfy constraint: Member must have value less than or equal to 4096",
      ),
    )
  }
})

test('stsService shows in its records neither codes nor context assertions', async () => {
  const service = await loadedService()
  const secret = { TokenCode: '123456', ProvidedContexts: [{ ContextAssertion: 'assertion' }] }
  const request = { ...asked, ExternalId: 'x1', SerialNumber: 'GAHT12345678', Tags: [{ Key: 'team', Value: 'blue' }] }
  assert.deepEqual(service.operation('AssumeRole')?.showRequest({ ...request, ...secret }), {
    roleArn: RoleArn,
    roleSessionName: 'ci',
    externalId: 'x1',
    serialNumber: 'GAHT12345678',
    tags: [{ key: 'team', value: 'blue' }],
  })
  assert.deepEqual(
    service.operation('GetSessionToken')?.showRequest({ SerialNumber: 'GAHT12345678', TokenCode: '123456' }),
    { serialNumber: 'GAHT12345678' },
  )
})
