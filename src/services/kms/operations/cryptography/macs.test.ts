import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Sha256 } from '@aws-crypto/sha256-js'
import type { MacAlgorithmSpec } from '@aws-sdk/client-kms'
import fc from 'fast-check'
import { keyMaterials } from '../../storage/collections.ts'
import { accountId, kmsFixture, present, region } from '../../testing.ts'

const macBytes = { HMAC_224: 28, HMAC_256: 32, HMAC_384: 48, HMAC_512: 64 } as const
const specs = Object.keys(macBytes) as (keyof typeof macBytes)[]
const algorithmOf = (spec: keyof typeof macBytes) => spec.replace('HMAC_', 'HMAC_SHA_') as MacAlgorithmSpec
const Message = Buffer.from('attack at dawn')
const invalid = { code: 'KMSInvalidMacException', status: 400, message: '' }

test('GenerateMac gives the HMAC of every spec in full length, which VerifyMac takes for that message and key alone', async () => {
  const kms = await kmsFixture()
  for (const KeySpec of specs) {
    const { keyId: KeyId, arn } = await kms.key({ KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC' })
    const other = await kms.key({ KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC' })
    const MacAlgorithm = algorithmOf(KeySpec)
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 4096 }), async (message) => {
        const { Mac, ...rest } = await kms.call('GenerateMac', { KeyId, Message: message, MacAlgorithm })
        assert.deepEqual(rest, { KeyId: arn, MacAlgorithm })
        assert.equal(Mac?.length, macBytes[KeySpec])
        const input = { KeyId, Message: message, MacAlgorithm, Mac: present(Mac) }
        assert.deepEqual(await kms.call('VerifyMac', input), { KeyId: arn, MacValid: true, MacAlgorithm })
        await assert.rejects(kms.call('VerifyMac', { ...input, KeyId: other.keyId }), invalid)
        const longer = Buffer.concat([message, Buffer.of(0)])
        await assert.rejects(kms.call('VerifyMac', { ...input, Message: longer }), invalid)
      }),
      { numRuns: 5 },
    )
  }
})

test('GenerateMac is HMAC with the key material as the key', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const [material] = await kms.store.in(keyMaterials).list({ accountId, region })
  const secret = Buffer.from(present(material).document.secret, 'base64')
  const { Mac } = await kms.call('GenerateMac', { KeyId, Message, MacAlgorithm: 'HMAC_SHA_256' })
  assert.deepEqual(Mac, createHmac('sha256', secret).update(Message).digest())
  const another = new Sha256(secret)
  another.update(Message)
  assert.deepEqual(Mac, Buffer.from(another.digestSync()))
})

test('VerifyMac refuses any flipped bit and any other length, without text', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key({ KeySpec: 'HMAC_384', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const input = { KeyId, Message, MacAlgorithm: 'HMAC_SHA_384' } as const
  const { Mac } = await kms.call('GenerateMac', input)
  const good = Buffer.from(present(Mac))
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length * 8 - 1), async (bit) => {
      const flipped = Buffer.from(good)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      await assert.rejects(kms.call('VerifyMac', { ...input, Mac: flipped }), invalid)
    }),
    { numRuns: 40 },
  )
  for (const wrong of [
    good.subarray(1),
    good.subarray(0, -1),
    Buffer.concat([good, Buffer.of(0)]),
    randomBytes(6144),
  ]) {
    await assert.rejects(kms.call('VerifyMac', { ...input, Mac: wrong }), invalid)
  }
})

test('scenario 24: an HMAC key has exactly one algorithm, and a wrong tag is an error without text', async () => {
  const kms = await kmsFixture()
  for (const KeySpec of specs) {
    const { keyId: KeyId } = await kms.key({ KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC' })
    for (const MacAlgorithm of specs.filter((spec) => spec !== KeySpec).map(algorithmOf)) {
      const message = `Algorithm ${MacAlgorithm} is incompatible with key spec ${KeySpec}.`
      const unfit = { code: 'InvalidKeyUsageException', message }
      await assert.rejects(kms.call('GenerateMac', { KeyId, Message, MacAlgorithm }), unfit)
      await assert.rejects(kms.call('VerifyMac', { KeyId, Message, MacAlgorithm, Mac: Buffer.alloc(32) }), unfit)
    }
    const MacAlgorithm = algorithmOf(KeySpec)
    const wrong = kms.call('VerifyMac', { KeyId, Message, MacAlgorithm, Mac: Buffer.alloc(macBytes[KeySpec]) })
    await assert.rejects(wrong, invalid)
  }
})

test('GenerateMac and VerifyMac look at the state, then at the usage, then at the algorithm', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  const input = { KeyId, Message, MacAlgorithm: 'HMAC_SHA_224' } as const
  await assert.rejects(kms.call('GenerateMac', input), {
    code: 'InvalidKeyUsageException',
    message: `${arn} key usage is ENCRYPT_DECRYPT which is not valid for GenerateMac.`,
  })
  await kms.call('DisableKey', { KeyId })
  await assert.rejects(kms.call('GenerateMac', input), { code: 'DisabledException' })
  await assert.rejects(kms.call('VerifyMac', { ...input, Mac: Buffer.of(1) }), { code: 'DisabledException' })
})

test('a dry run of GenerateMac and VerifyMac says what the operation would do', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const input = { KeyId, Message, MacAlgorithm: 'HMAC_SHA_256' } as const
  const { Mac } = await kms.call('GenerateMac', input)
  const succeeded = { code: 'DryRunOperationException' }
  await assert.rejects(kms.call('GenerateMac', { ...input, DryRun: true }), succeeded)
  await assert.rejects(kms.call('VerifyMac', { ...input, Mac: present(Mac), DryRun: true }), succeeded)
  await assert.rejects(kms.call('VerifyMac', { ...input, Mac: Buffer.alloc(32), DryRun: true }), invalid)
})

test('GenerateMac and VerifyMac ask for the MAC algorithm as a condition', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const input = { KeyId, Message, MacAlgorithm: 'HMAC_SHA_256' } as const
  const [generate] = await kms.permissions('GenerateMac', input)
  const [verify] = await kms.permissions('VerifyMac', { ...input, Mac: Buffer.of(1) })
  assert.deepEqual([generate?.action, verify?.action], ['kms:GenerateMac', 'kms:VerifyMac'])
  for (const permission of [generate, verify]) assert.equal(permission?.context?.['kms:MacAlgorithm'], 'HMAC_SHA_256')
})
