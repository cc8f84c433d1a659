import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { test } from 'node:test'
import type { EncryptRequest } from '@aws-sdk/client-kms'
import { callerOf, rootOf } from '../../test/fixtures/call.ts'
import type { Call, Client } from '../core/call.ts'
import { LazyAbort } from '../core/lazy-abort.ts'
import { InnerCallRefused, ServiceError } from '../core/service-error.ts'
import type { DataEvent, DataEventInterest } from '../core/services/data-events.ts'
import { servicePrincipal } from '../core/services/service-calls.ts'
import type { ServiceDefinition } from '../core/services/service-definition.ts'
import type { CollectionSpec } from '../core/store.ts'
import { kms } from '../services/kms/kms.ts'
import { accountId } from '../testing/callers.ts'
import { type FixtureOptions, serviceFixture } from '../testing/service-fixture.ts'
import { findDenial } from './authorization/denials.ts'
import { mainProtocol } from './protocols/index.ts'

/** A call that may ask for what no service of the product asks for. */
interface Untyped {
  invoke(service: string, operation: string, input: object): Promise<unknown>
}

/** A service that encrypts for its callers, as services with keys do. */
const vault: ServiceDefinition<Call> = {
  ...kms.definition,
  name: 'vault',
  principal: 'vault.amazonaws.com',
  bindings: [],
  operations: {
    Encrypt: {
      handle: (call: Call, input: EncryptRequest) => call.invoke('kms', 'Encrypt', input),
      permissions: 'none',
      readOnly: true,
    },
    GetKeyPolicy: {
      handle: (call: Call, input: object) => (call as Untyped).invoke('kms', 'GetKeyPolicy', input),
      permissions: 'none',
      readOnly: true,
      audit: { unrecordedErrors: ['NotFoundException'] },
    },
    DescribeKey: {
      handle: async (call: Call) =>
        call.authorize({ action: 'vault:Open', resource: '*', resourceAccountId: '000000000000' }),
      permissions: 'none',
      readOnly: true,
      audit: { unrecordedErrors: ['AccessDenied'] },
    },
    EnableKey: {
      handle: async () => {
        throw new ServiceError('NotFoundException', 400, 'There is no such key.')
      },
      permissions: 'none',
      readOnly: false,
      audit: {
        resources: () => {
          throw new Error('a declaration with a fault')
        },
      },
    },
    // Asks for a signal, by way of another operation of its own, and waits until it aborts.
    GenerateRandom: {
      handle: (call: Call) => (call as Untyped).invoke('vault', 'ListKeys', {}),
      permissions: 'none',
      readOnly: true,
    },
    ListKeys: {
      handle: async ({ signal }: Call) => {
        if (!signal.aborted) await once(signal, 'abort')
        return { Truncated: true }
      },
      permissions: 'none',
      readOnly: true,
    },
    // Data events.
    ListAliases: {
      handle: (call: Call) => call.transaction(async () => ({ Aliases: [] })),
      permissions: 'none',
      readOnly: true,
      category: 'Data',
    },
    CreateAlias: {
      handle: async () => undefined,
      permissions: () => [{ action: 'vault:Open', resource: '*', resourceAccountId: '000000000000' }],
      readOnly: false,
      category: 'Data',
    },
    // Never recorded.
    EnableKeyRotation: {
      handle: (call: Call) => call.transaction(async () => undefined),
      permissions: () => [{ action: 'vault:Turn', resource: '*' }],
      readOnly: false,
      recorded: 'never',
    },
    DisableKeyRotation: {
      handle: async () => undefined,
      permissions: () => [{ action: 'vault:Open', resource: '*', resourceAccountId: '000000000000' }],
      readOnly: false,
      recorded: 'never',
    },
    DeleteAlias: {
      // Begins one again, whose work threw.
      handle: async (call: Call) => {
        const undone = call.transaction(async (tx) => {
          await tx.in(undoneThings).put(call, 'x', {})
          throw new Error('undone')
        })
        await undone.catch(() => undefined)
        return call.transaction(async () => undefined)
      },
      permissions: 'none',
      readOnly: false,
    },
    Decrypt: {
      // Begins two transactions, which no operation may.
      handle: async (call: Call) => {
        await call.transaction(async () => undefined)
        return call.transaction(async () => undefined)
      },
      permissions: 'none',
      readOnly: false,
    },
  },
}

const undoneThings: CollectionSpec<object> = { name: 'vault.undone' }

async function pipelineFixture(options: FixtureOptions = {}) {
  const { store, faults, registry, pipeline, interrupt } = await serviceFixture([kms], {
    others: [{ definition: vault, instance: { context: (call) => call } }],
    ...options,
  })
  const requestIds: string[] = []
  const run = async (name: string, operationName: string, input: Record<string, unknown>, client?: Client) => {
    const definition = registry.byName(name)
    const service = definition && (await registry.load(definition))
    const operation = service?.operation(operationName)
    if (!service || !operation) throw new Error('the fixture has no such operation')
    const requestId = randomUUID()
    requestIds.push(requestId)
    const start = {
      requestId,
      ...{ service, operation },
      protocol: mainProtocol(service.definition),
      region: 'us-east-1',
      caller: callerOf(rootOf(accountId)),
      source: { ip: '192.0.2.1', userAgent: 'test', host: 'localhost' },
      calledVia: [],
      client,
    }
    return pipeline.run(start, () => input)
  }
  return { run, requestIds, store, faults, pipeline, interrupt }
}

const keyPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:root` }, NotAction: 'kms:Encrypt', Resource: '*' },
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${accountId}:root` },
      Action: 'kms:Encrypt',
      Resource: '*',
      Condition: { StringEquals: { 'kms:ViaService': 'vault.us-east-1.amazonaws.com' } },
    },
  ],
})

test('a call that a service makes is authorised as its caller, by way of the service, and recorded in its own right', async () => {
  const { run, store } = await pipelineFixture()
  const { KeyMetadata } = (await run('kms', 'CreateKey', { Policy: keyPolicy })) as { KeyMetadata: { KeyId: string } }
  const input = { KeyId: KeyMetadata.KeyId, Plaintext: new Uint8Array([1]) }
  await assert.rejects(run('kms', 'Encrypt', input), { code: 'AccessDeniedException' })
  const before = store.records.length
  await run('vault', 'Encrypt', input)
  const [inner, outer, ...more] = store.records.slice(before)
  assert.equal(more.length, 0)
  assert.deepEqual(
    [inner?.eventSource, inner?.sourceIPAddress, inner?.userIdentity.invokedBy, inner?.userIdentity.arn],
    ['kms.amazonaws.com', 'vault.amazonaws.com', 'vault.amazonaws.com', `arn:aws:iam::${accountId}:root`],
  )
  assert.deepEqual([outer?.eventSource, outer?.sourceIPAddress], ['vault.amazonaws.com', '192.0.2.1'])
  assert.notEqual(inner?.requestID, outer?.requestID)
})

test('what a service is refused in a call for its caller is recorded twice: with the call and with its own', async () => {
  const { run, store } = await pipelineFixture()
  await assert.rejects(run('vault', 'Encrypt', { KeyId: randomUUID(), Plaintext: new Uint8Array([1]) }), (refusal) => {
    assert.ok(refusal instanceof InnerCallRefused)
    assert.deepEqual([refusal.code, refusal.requestId], ['NotFoundException', store.records[0]?.requestID])
    return true
  })
  assert.deepEqual(
    store.records.map(({ eventSource, errorCode }) => [eventSource, errorCode]),
    [
      ['kms.amazonaws.com', 'NotFoundException'],
      ['vault.amazonaws.com', 'NotFoundException'],
    ],
  )
})

test('a failure that the declaration keeps out of the record is not recorded, a denial always is', async () => {
  const { run, store } = await pipelineFixture()
  const absent = { code: 'NotFoundException' }
  await assert.rejects(run('vault', 'GetKeyPolicy', { KeyId: randomUUID() }), absent)
  assert.deepEqual(
    store.records.map(({ eventName, eventSource }) => [eventSource, eventName]),
    [['kms.amazonaws.com', 'GetKeyPolicy']],
  )
  await assert.rejects(run('vault', 'DescribeKey', { KeyId: 'k' }), { code: 'AccessDenied' })
  assert.equal(store.records.length, 2)
})

test('an operation may begin its transaction again after its work threw, which has changed nothing', async () => {
  const { run, store, faults } = await pipelineFixture()
  await run('vault', 'DeleteAlias', { AliasName: 'alias/x' })
  assert.deepEqual(faults, [])
  assert.equal(await store.in(undoneThings).count({ accountId, region: 'us-east-1' }), 0)
  assert.equal(store.records.filter(({ eventName }) => eventName === 'DeleteAlias').length, 1)
})

test('an operation that begins a second transaction is a fault that no answer describes', async () => {
  const { run, faults } = await pipelineFixture()
  const input = { KeyId: 'k', CiphertextBlob: new Uint8Array([1]) }
  await assert.rejects(run('vault', 'Decrypt', input), { code: 'InternalFailure' })
  assert.match(String(faults[0]), /second transaction/)
})

test("a service's own call is authorised as the service, for the resource it acts for, and recorded where that resource is", async () => {
  const { run, store, pipeline } = await pipelineFixture()
  const source = { arn: `arn:aws:vault:us-east-1:${accountId}:secret/a`, accountId }
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: 'kms:*', Resource: '*' },
      {
        Effect: 'Allow',
        Principal: { Service: 'vault.amazonaws.com' },
        Action: 'kms:Encrypt',
        Resource: '*',
        Condition: { StringEquals: { 'aws:SourceArn': source.arn, 'aws:SourceAccount': accountId } },
      },
    ],
  })
  const { KeyMetadata } = (await run('kms', 'CreateKey', { Policy })) as { KeyMetadata: { Arn: string } }
  const invoke = (arn: string, operation = 'Encrypt') =>
    pipeline.invoke({
      caller: servicePrincipal('vault.amazonaws.com', { ...source, arn }),
      region: 'us-east-1',
      service: 'kms',
      operation,
      input: { KeyId: KeyMetadata.Arn, Plaintext: new Uint8Array([1]) },
    })
  await invoke(source.arn)
  const { userIdentity, sourceIPAddress, recipientAccountId } = store.records.at(-1) ?? {}
  assert.deepEqual(
    [userIdentity, sourceIPAddress, recipientAccountId],
    [{ type: 'AWSService', invokedBy: 'vault.amazonaws.com' }, 'vault.amazonaws.com', accountId],
  )
  const recorded = store.records.length
  const refusal = (arn: string, Plaintext = new Uint8Array([1])) =>
    pipeline.calls.refusal({
      caller: servicePrincipal('vault.amazonaws.com', { ...source, arn }),
      region: 'us-east-1',
      service: 'kms',
      operation: 'Encrypt',
      input: { KeyId: KeyMetadata.Arn, Plaintext },
    })
  assert.equal(await refusal(source.arn), undefined)
  assert.equal((await refusal(`${source.arn}-other`))?.code, 'AccessDeniedException')
  assert.equal((await refusal(source.arn, new Uint8Array(5000)))?.code, 'ValidationException')
  assert.equal(store.records.length, recorded, 'what would be refused is asked without a record')
  await assert.rejects(invoke(`${source.arn}-other`), { code: 'AccessDeniedException' })
  assert.deepEqual(
    [store.records.at(-1)?.errorCode, store.records.at(-1)?.recipientAccountId],
    ['AccessDeniedException', accountId],
  )
  await assert.rejects(invoke(source.arn, 'Encipher'), /no operation kms:Encipher/)
})

test('what a caller asked a service for is done later as that caller, by way of the service', async () => {
  const { run, pipeline, store } = await pipelineFixture()
  const { KeyMetadata } = (await run('kms', 'CreateKey', { Policy: keyPolicy })) as { KeyMetadata: { KeyId: string } }
  const later = (calledVia?: readonly string[]) =>
    pipeline.invoke({
      caller: callerOf(rootOf(accountId)),
      calledVia,
      region: 'us-east-1',
      service: 'kms',
      operation: 'Encrypt',
      input: { KeyId: KeyMetadata.KeyId, Plaintext: new Uint8Array([1]) },
    })
  await later(['vault.amazonaws.com'])
  const { userIdentity, sourceIPAddress } = store.records.at(-1) ?? {}
  assert.deepEqual(
    [userIdentity?.type, userIdentity?.invokedBy, sourceIPAddress],
    ['Root', 'vault.amazonaws.com', 'vault.amazonaws.com'],
  )
  await assert.rejects(later(), { code: 'AccessDeniedException' })
})

test('a fault of a declaration is reported when the call failed, and the failure is recorded and answered all the same', async () => {
  const { run, store, faults } = await pipelineFixture()
  await assert.rejects(run('vault', 'EnableKey', { KeyId: 'k' }), { code: 'NotFoundException' })
  const record = store.records.at(-1)
  assert.deepEqual(
    [record?.eventName, record?.errorCode, record?.resources],
    ['EnableKey', 'NotFoundException', undefined],
  )
  assert.match(String(faults), /a declaration with a fault/)
})

test('a declaration is not asked about a request that the service model refuses', async () => {
  const { run, faults } = await pipelineFixture()
  await assert.rejects(run('vault', 'EnableKey', {}), { code: 'ValidationException' })
  assert.deepEqual(faults, [])
})

test('the signal of a call, and of calls made for it, aborts when its client is gone or the server stops; of a service when the server stops', async () => {
  const { run, pipeline, interrupt } = await pipelineFixture()
  const waiting = new Set<string>()
  const wait = async (name: string, ended: Promise<unknown>) => {
    waiting.add(name)
    assert.deepEqual(await ended, { Truncated: true })
    waiting.delete(name)
  }
  const [leaving, staying] = [new LazyAbort(), new LazyAbort()]
  const left = wait('leaving', run('vault', 'GenerateRandom', {}, leaving))
  const stayed = wait('staying', run('vault', 'GenerateRandom', {}, staying))
  const caller = servicePrincipal('vault.amazonaws.com', { arn: 'arn:aws:vault:us-east-1::x', accountId })
  const ownCall = { caller, region: 'us-east-1', service: 'vault', operation: 'ListKeys', input: {} }
  const own = wait('own', pipeline.invoke(ownCall))
  leaving.abort(new Error('gone'))
  await left
  assert.deepEqual([...waiting], ['staying', 'own'])
  interrupt()
  await Promise.all([stayed, own])
})

test('an operation that is never recorded is authorised and explained like every other, and leaves no record', async () => {
  const { run, store, requestIds } = await pipelineFixture({ allDataEvents: true })
  await run('vault', 'EnableKeyRotation', { KeyId: 'k' })
  await assert.rejects(run('vault', 'DisableKeyRotation', { KeyId: 'k' }), { code: 'AccessDenied' })
  assert.deepEqual(store.records, [])
  assert.equal((await findDenial(store, requestIds.at(-1) ?? ''))?.operation, 'DisableKeyRotation')
})

test('data events are recorded when something wants them, or all are; those that nothing wants are done and explained all the same', async () => {
  const alias = { AliasName: 'alias/a', TargetKeyId: 'k' }
  const unwanted = await pipelineFixture({ allDataEvents: false })
  assert.deepEqual(await unwanted.run('vault', 'ListAliases', {}), { Aliases: [] })
  await assert.rejects(unwanted.run('vault', 'CreateAlias', alias), { code: 'AccessDenied' })
  assert.deepEqual(unwanted.store.records, [])
  const denial = await findDenial(unwanted.store, unwanted.requestIds.at(-1) ?? '')
  assert.equal(denial?.operation, 'CreateAlias')

  const asked: DataEvent[] = []
  const interest: DataEventInterest = {
    mayWant: (event) => {
      asked.push(event)
      return event.eventName !== 'CreateAlias'
    },
    wants: ({ recipientAccountId, eventCategory }) => recipientAccountId === accountId && eventCategory === 'Data',
  }
  const wanted = await pipelineFixture({
    allDataEvents: false,
    others: [{ definition: vault, instance: { context: (call: Call) => call, dataEvents: interest } }],
  })
  await wanted.run('vault', 'ListAliases', {})
  await assert.rejects(wanted.run('vault', 'CreateAlias', alias), { code: 'AccessDenied' })
  assert.deepEqual(
    wanted.store.records.map(({ eventName, managementEvent }) => [eventName, managementEvent]),
    [['ListAliases', false]],
  )
  const event = { eventSource: 'vault.amazonaws.com', region: 'us-east-1', accountId }
  assert.deepEqual(asked, [
    { ...event, eventName: 'ListAliases', readOnly: true },
    { ...event, eventName: 'CreateAlias', readOnly: false },
  ])

  const all = await pipelineFixture()
  await all.run('vault', 'ListAliases', {})
  assert.equal(all.store.records.length, 1)
})

test('request quotas are charged before permissions are looked at, where they are enforced', async () => {
  const requestQuotas = {
    operations: { CreateAlias: { quotas: [{ name: 'CreateAlias', perSecond: 1 }] } },
    exceeded: () => new ServiceError('ThrottlingException', 400, 'Rate exceeded'),
  }
  const definition = { ...vault, requestQuotas }
  for (const [throttled, second] of [
    [true, 'ThrottlingException'],
    [false, 'AccessDenied'],
  ] as const) {
    const { run } = await pipelineFixture({
      others: [{ definition, instance: { context: (call: Call) => call, throttled } }],
    })
    const alias = { AliasName: 'alias/a', TargetKeyId: 'k' }
    await assert.rejects(run('vault', 'CreateAlias', alias), { code: 'AccessDenied' })
    await assert.rejects(run('vault', 'CreateAlias', alias), { code: second })
  }
})
