import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestThrottle } from '../../../kit/request-throttle.ts'
import type { CallOptions } from '../../../testing/service-fixture.ts'
import { dataKeyPairQuota } from '../domain/request-quotas.ts'
import { kmsOperations } from '../kms-service.ts'
import model from '../model.generated.json' with { type: 'json' }
import { alice, type InputOf, kmsFixture, stranger } from '../testing.ts'
import { requestQuotas } from './request-quotas.ts'

async function throttledFixture() {
  const kms = await kmsFixture()
  const throttle = new RequestThrottle(requestQuotas)
  type Name = keyof typeof kmsOperations
  /** Asks for an operation so often at one time. @returns how often it was not throttled. */
  async function admitted<N extends Name>(name: N, input: InputOf<N>, times: number, options?: CallOptions) {
    let count = 0
    for (let time = 0; time < times; time++) {
      try {
        const context = kms.contextOf(name, options)
        await throttle.charge(context.call, context, input)
        count++
      } catch (error) {
        if ((error as { code?: string }).code === 'ThrottlingException') {
          const text = 'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.'
          assert.equal((error as Error).message, text)
        } else count++
      }
    }
    return count
  }
  return { ...kms, admitted }
}

test('operations are throttled at the rates of AWS, each for itself, in each account and Region', async () => {
  const kms = await throttledFixture()
  const { keyId: KeyId } = await kms.key()
  assert.equal(await kms.admitted('CreateKey', {}, 8), 5)
  assert.equal(await kms.admitted('CreateKey', {}, 8, { caller: alice }), 0)
  assert.equal(await kms.admitted('CreateKey', {}, 8, { caller: stranger }), 5)
  assert.equal(await kms.admitted('CreateKey', {}, 8, { region: 'eu-west-1' }), 5)
  assert.equal(await kms.admitted('EnableKey', { KeyId }, 8), 5)
  assert.equal(await kms.admitted('DeleteAlias', { AliasName: 'alias/none' }, 20), 15)
  assert.equal(await kms.admitted('CreateGrant', { KeyId, Operations: [] }, 60), 50)
  kms.clock.advance(0.5)
  assert.equal(await kms.admitted('CreateKey', {}, 8), 2)
  kms.clock.advance(10)
  assert.equal(await kms.admitted('CreateKey', {}, 8), 5)
})

test('GetParametersForImport is admitted once every four seconds', async () => {
  const kms = await throttledFixture()
  const input = { KeyId: 'k', WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const
  assert.equal(await kms.admitted('GetParametersForImport', input, 3), 1)
  kms.clock.advance(3.9)
  assert.equal(await kms.admitted('GetParametersForImport', input, 3), 0)
  kms.clock.advance(0.1)
  assert.equal(await kms.admitted('GetParametersForImport', input, 3), 1)
})

test('cryptographic operations share the quota of the kind of their key', async () => {
  const kms = await throttledFixture()
  const rsa = await kms.key({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
  const symmetric = await kms.key()
  const encrypt = (KeyId: string) => ({ KeyId, Plaintext: Buffer.from('x') })
  const region = 'eu-north-1'
  assert.equal(await kms.admitted('Encrypt', encrypt(rsa.keyId), 1100), 1000)
  assert.equal(await kms.admitted('Encrypt', encrypt(symmetric.keyId), 50), 50)
  // A key that is not there, and a call that names none, count as symmetric.
  assert.equal(await kms.admitted('Encrypt', encrypt(rsa.keyId), 6000, { region }), 6000)
  assert.equal(await kms.admitted('GenerateRandom', { NumberOfBytes: 1 }, 6000, { region }), 4000)
})

test('calls that a service makes for a caller count as the caller’s', async () => {
  const kms = await throttledFixture()
  const via = { calledVia: ['secretsmanager.amazonaws.com'] }
  assert.equal(await kms.admitted('DescribeKey', { KeyId: 'alias/aws/secretsmanager' }, 2000, via), 2000)
  assert.equal(await kms.admitted('DescribeKey', { KeyId: 'alias/aws/secretsmanager' }, 1), 0)
})

test('every operation has a quota', () => {
  assert.deepEqual(Object.keys(requestQuotas.operations).sort(), Object.keys(kmsOperations).sort())
})

test('every kind of data key pair has a quota', () => {
  for (const spec of model.shapes.DataKeyPairSpec.enum) assert.ok(dataKeyPairQuota(spec), spec)
})

test('a replica is charged in both Regions, and as two keys in its own; a new primary key in both', async () => {
  const kms = await throttledFixture()
  const ReplicaRegion = 'eu-west-1'
  const { keyId: KeyId } = await kms.key({ MultiRegion: true })
  assert.equal(await kms.admitted('ReplicateKey', { KeyId, ReplicaRegion }, 5), 2)
  assert.equal(await kms.admitted('CreateKey', {}, 5, { region: ReplicaRegion }), 1)
  assert.equal(await kms.admitted('UpdatePrimaryRegion', { KeyId, PrimaryRegion: ReplicaRegion }, 5), 5)
  const back = { KeyId, PrimaryRegion: 'us-east-1' }
  assert.equal(await kms.admitted('UpdatePrimaryRegion', back, 5, { region: ReplicaRegion }), 0)
})
