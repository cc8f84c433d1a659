import assert from 'node:assert/strict'
import { constants, createHash, createPublicKey, type KeyObject, verify as nodeVerify } from 'node:crypto'
import { test } from 'node:test'
import type { KeySpec, MessageType, SigningAlgorithmSpec } from '@aws-sdk/client-kms'
import { ed25519ph } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import fc from 'fast-check'
import { algorithmsOf } from '../../domain/algorithms/key-specs.ts'
import { type KmsFixture, kmsFixture, present } from '../../testing.ts'

const signingSpecs = [
  ...(['RSA_2048', 'RSA_3072', 'ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521', 'ECC_SECG_P256K1'] as const),
  ...(['ECC_NIST_EDWARDS25519', 'ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'] as const),
]
const Message = Buffer.from('attack at dawn')
const noText = (code: string) => ({ code, status: 400, message: '' })

const signingKey = (kms: KmsFixture, KeySpec: KeySpec) => kms.key({ KeySpec, KeyUsage: 'SIGN_VERIFY' })

const algorithms = (spec: KeySpec) => (algorithmsOf(spec, 'SIGN_VERIFY') ?? []) as SigningAlgorithmSpec[]

async function publicKey(kms: KmsFixture, KeyId: string): Promise<KeyObject> {
  const { PublicKey } = await kms.call('GetPublicKey', { KeyId })
  return createPublicKey({ key: Buffer.from(present(PublicKey)), format: 'der', type: 'spki' })
}

/** The hash that an algorithm names. */
const hashOf = (algorithm: string) => `sha${algorithm.slice(-3)}`

/** What a caller sends instead of the message, with the type it then has; undefined where KMS takes the message alone. */
function hashed(
  algorithm: SigningAlgorithmSpec,
  key: KeyObject,
): { Message: Buffer; MessageType: MessageType } | undefined {
  if (algorithm === 'ED25519_SHA_512') return undefined
  if (algorithm === 'ML_DSA_SHAKE_256') return { Message: messageRepresentative(key), MessageType: 'EXTERNAL_MU' }
  return { Message: createHash(hashOf(algorithm)).update(Message).digest(), MessageType: 'DIGEST' }
}

/** FIPS 204: μ of the message under the empty context. */
function messageRepresentative(key: KeyObject): Buffer {
  const shake = (...parts: Uint8Array[]) =>
    createHash('shake256', { outputLength: 64 }).update(Buffer.concat(parts)).digest()
  return shake(shake(key.export({ format: 'der', type: 'spki' }).subarray(22)), Buffer.of(0, 0), Message)
}

const noble = {
  ECC_NIST_P256: p256,
  ECC_NIST_P384: p384,
  ECC_NIST_P521: p521,
  ECC_SECG_P256K1: secp256k1,
  ML_DSA_44: ml_dsa44,
  ML_DSA_65: ml_dsa65,
  ML_DSA_87: ml_dsa87,
} as const

/** Someone else's opinion of a signature over the message: noble's where node signed, and node's where it did not. */
function othersVerify(spec: KeySpec, algorithm: SigningAlgorithmSpec, key: KeyObject, signature: Uint8Array): boolean {
  const encoded = (bytes: number) => key.export({ format: 'der', type: 'spki' }).subarray(-bytes)
  const digest = () => createHash(hashOf(algorithm)).update(Message).digest()
  if (algorithm === 'ED25519_PH_SHA_512') return ed25519ph.verify(signature, digest(), encoded(32), { zip215: false })
  if (algorithm === 'ED25519_SHA_512') return nodeVerify(null, Message, key, signature)
  if (algorithm === 'ML_DSA_SHAKE_256') {
    const mlDsa = noble[spec as 'ML_DSA_44']
    const isNobles = mlDsa.verify(signature, Message, encoded(mlDsa.lengths.publicKey ?? 0))
    return isNobles && nodeVerify(null, Message, key, signature)
  }
  if (algorithm.startsWith('ECDSA')) {
    const { x = '', y = '' } = key.export({ format: 'jwk' })
    const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
    const options = { prehash: false, lowS: false, format: 'der' } as const
    const isNobles = noble[spec as 'ECC_NIST_P256'].verify(signature, digest(), point, options)
    return isNobles && nodeVerify(hashOf(algorithm), Message, key, signature)
  }
  const saltLength = Number(algorithm.slice(-3)) / 8
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
  return nodeVerify(hashOf(algorithm), Message, { key, ...(algorithm.includes('PSS') && pss) }, signature)
}

for (const spec of signingSpecs) {
  test(`K3: Sign with ${spec} makes signatures that verify in KMS as RAW and hashed alike, and outside it`, async () => {
    const kms = await kmsFixture()
    const { keyId: KeyId, arn } = await signingKey(kms, spec)
    const key = await publicKey(kms, KeyId)
    for (const SigningAlgorithm of algorithms(spec)) {
      const raw = { Message, MessageType: undefined }
      const forms = [SigningAlgorithm === 'ED25519_PH_SHA_512' ? undefined : raw, hashed(SigningAlgorithm, key)]
      for (const signed of forms.filter((form) => form !== undefined)) {
        const { Signature, ...rest } = await kms.call('Sign', { KeyId, SigningAlgorithm, ...signed })
        assert.deepEqual(rest, { KeyId: arn, SigningAlgorithm })
        assert.ok(othersVerify(spec, SigningAlgorithm, key, present(Signature)), `${SigningAlgorithm} outside KMS`)
        for (const verified of forms.filter((form) => form !== undefined)) {
          const input = { KeyId, SigningAlgorithm, ...verified, Signature: present(Signature) }
          const answer = await kms.call('Verify', input)
          assert.deepEqual(answer, { KeyId: arn, SignatureValid: true, SigningAlgorithm })
        }
      }
    }
  })
}

test('any message signed RAW verifies by its digest, and the other way round', async () => {
  const kms = await kmsFixture()
  const ids: Partial<Record<string, string>> = {}
  for (const spec of ['RSA_2048', 'ECC_NIST_P256', 'ECC_NIST_P384'] as const) {
    const { keyId } = await signingKey(kms, spec)
    for (const algorithm of algorithms(spec)) ids[algorithm] = keyId
  }
  const chosen = fc.constantFrom(...(Object.keys(ids) as SigningAlgorithmSpec[]))
  const messages = fc.uint8Array({ minLength: 1, maxLength: 4096 })
  await fc.assert(
    fc.asyncProperty(chosen, messages, async (SigningAlgorithm, message) => {
      const digest = createHash(hashOf(SigningAlgorithm)).update(message).digest()
      const raw = { Message: message, MessageType: 'RAW' } as const
      const hashedForm = { Message: digest, MessageType: 'DIGEST' } as const
      const KeyId = present(ids[SigningAlgorithm])
      for (const [signed, verified] of [
        [raw, hashedForm],
        [hashedForm, raw],
      ] as const) {
        const { Signature } = await kms.call('Sign', { KeyId, SigningAlgorithm, ...signed })
        await kms.call('Verify', { KeyId, SigningAlgorithm, ...verified, Signature: present(Signature) })
      }
    }),
    { numRuns: 20 },
  )
})

test('scenario 18: an RSA key signs RAW what verifies as DIGEST, and PSS has a salt of 32 bytes', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await signingKey(kms, 'RSA_2048')
  const SigningAlgorithm = 'RSASSA_PSS_SHA_256'
  const { Signature } = await kms.call('Sign', { KeyId, Message, MessageType: 'RAW', SigningAlgorithm })
  const digest = createHash('sha256').update(Message).digest()
  const input = {
    KeyId,
    Message: digest,
    MessageType: 'DIGEST',
    SigningAlgorithm,
    Signature: present(Signature),
  } as const
  assert.equal((await kms.call('Verify', input)).SignatureValid, true)
  const key = await publicKey(kms, KeyId)
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING }
  assert.ok(nodeVerify('sha256', Message, { ...pss, saltLength: 32 }, present(Signature)))
  assert.ok(!nodeVerify('sha256', Message, { ...pss, saltLength: 20 }, present(Signature)))
})

test('scenario 19: a digest must have the length of the algorithm', async () => {
  const kms = await kmsFixture()
  const lengths = { RSA_2048: 256, ECC_NIST_P256: 256, ECC_NIST_P384: 384, ECC_NIST_P521: 512 } as const
  for (const spec of Object.keys(lengths) as (keyof typeof lengths)[]) {
    const { keyId: KeyId } = await signingKey(kms, spec)
    for (const SigningAlgorithm of algorithms(spec)) {
      const bytes = Number(SigningAlgorithm.slice(-3)) / 8
      for (const length of [bytes - 1, bytes + 1, 1]) {
        const input = { KeyId, Message: Buffer.alloc(length), MessageType: 'DIGEST', SigningAlgorithm } as const
        const message = `Digest is invalid length for algorithm ${SigningAlgorithm}.`
        await assert.rejects(kms.call('Sign', input), { code: 'ValidationException', message })
        const verifying = kms.call('Verify', { ...input, Signature: Buffer.alloc(70) })
        await assert.rejects(verifying, { code: 'ValidationException', message })
      }
    }
  }
})

test('scenario 20: a signature with one flipped bit is an error without text, never false', async () => {
  const kms = await kmsFixture()
  for (const spec of ['RSA_2048', 'ECC_NIST_P256', 'ECC_NIST_EDWARDS25519', 'ML_DSA_44'] as const) {
    const { keyId: KeyId } = await signingKey(kms, spec)
    const key = await publicKey(kms, KeyId)
    for (const SigningAlgorithm of algorithms(spec)) {
      const raw = SigningAlgorithm === 'ED25519_PH_SHA_512' ? undefined : { Message }
      const forms = [raw, hashed(SigningAlgorithm, key)].filter((form) => form !== undefined)
      const [form] = forms
      const { Signature } = await kms.call('Sign', { KeyId, SigningAlgorithm, ...present(form) })
      const good = Buffer.from(present(Signature))
      await fc.assert(
        fc.asyncProperty(fc.nat(good.length * 8 - 1), fc.constantFrom(...forms), async (bit, verified) => {
          const flipped = Buffer.from(good)
          flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
          const verifying = kms.call('Verify', { KeyId, SigningAlgorithm, ...verified, Signature: flipped })
          await assert.rejects(verifying, noText('KMSInvalidSignatureException'))
        }),
        { numRuns: 12 },
      )
      for (const Signature of [
        good.subarray(1),
        Buffer.concat([good, Buffer.of(0)]),
        Buffer.of(1),
        Buffer.alloc(6144, 0xff),
      ]) {
        for (const verified of forms) {
          const verifying = kms.call('Verify', { KeyId, SigningAlgorithm, ...verified, Signature })
          await assert.rejects(verifying, noText('KMSInvalidSignatureException'))
        }
      }
    }
  }
})

test('Verify refuses the signature of another message, of another key and of another algorithm', async () => {
  const kms = await kmsFixture()
  const [one, other] = [await signingKey(kms, 'RSA_2048'), await signingKey(kms, 'RSA_2048')]
  const signed = { KeyId: one.keyId, Message, SigningAlgorithm: 'RSASSA_PSS_SHA_256' } as const
  const { Signature } = await kms.call('Sign', signed)
  const input = { ...signed, Signature: present(Signature) }
  const wrong = [
    { ...input, Message: Buffer.from('attack at dusk') },
    { ...input, KeyId: other.keyId },
    { ...input, SigningAlgorithm: 'RSASSA_PSS_SHA_384' },
    { ...input, SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' },
  ] as const
  for (const each of wrong) await assert.rejects(kms.call('Verify', each), noText('KMSInvalidSignatureException'))
  await kms.call('Verify', input)
})

test('scenario 21: Ed25519 signs RAW, Ed25519ph the 64 bytes of a digest, and neither the other', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await signingKey(kms, 'ECC_NIST_EDWARDS25519')
  const key = await publicKey(kms, KeyId)
  const digest = createHash('sha512').update(Message).digest()
  const pure = await kms.call('Sign', { KeyId, Message, SigningAlgorithm: 'ED25519_SHA_512' })
  assert.equal(pure.Signature?.length, 64)
  assert.ok(nodeVerify(null, Message, key, present(pure.Signature)))
  const prehashed = { KeyId, Message: digest, MessageType: 'DIGEST', SigningAlgorithm: 'ED25519_PH_SHA_512' } as const
  const { Signature } = await kms.call('Sign', prehashed)
  const encoded = key.export({ format: 'der', type: 'spki' }).subarray(-32)
  assert.ok(ed25519ph.verify(present(Signature), digest, encoded), 'not Ed25519ph over the 64 bytes')
  await kms.call('Verify', { ...prehashed, Signature: present(Signature) })
  const misfits = [
    { SigningAlgorithm: 'ED25519_SHA_512', MessageType: 'DIGEST', Message: digest },
    { SigningAlgorithm: 'ED25519_SHA_512', MessageType: 'EXTERNAL_MU', Message: digest },
    { SigningAlgorithm: 'ED25519_PH_SHA_512', MessageType: 'RAW', Message },
    { SigningAlgorithm: 'ED25519_PH_SHA_512', MessageType: undefined, Message: digest },
    { SigningAlgorithm: 'ED25519_PH_SHA_512', MessageType: 'DIGEST', Message: digest.subarray(1) },
  ] as const
  for (const misfit of misfits) {
    await assert.rejects(kms.call('Sign', { KeyId, ...misfit }), { code: 'ValidationException' })
    const verifying = kms.call('Verify', { KeyId, ...misfit, Signature: Buffer.alloc(64) })
    await assert.rejects(verifying, { code: 'ValidationException' })
  }
})

test('scenario 22: ML-DSA signs RAW and EXTERNAL_MU, which verify in either mode and offline; μ has 64 bytes', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await signingKey(kms, 'ML_DSA_65')
  const key = await publicKey(kms, KeyId)
  const SigningAlgorithm = 'ML_DSA_SHAKE_256'
  const mu = { Message: messageRepresentative(key), MessageType: 'EXTERNAL_MU' } as const
  for (const form of [{ Message }, mu]) {
    const { Signature } = await kms.call('Sign', { KeyId, SigningAlgorithm, ...form })
    assert.equal(Signature?.length, 3309)
    assert.ok(othersVerify('ML_DSA_65', SigningAlgorithm, key, present(Signature)))
    for (const other of [{ Message }, mu]) {
      await kms.call('Verify', { KeyId, SigningAlgorithm, ...other, Signature: present(Signature) })
    }
  }
  const refused = { code: 'ValidationException' }
  const short = { Message: mu.Message.subarray(1), MessageType: 'EXTERNAL_MU' } as const
  await assert.rejects(kms.call('Sign', { KeyId, SigningAlgorithm, ...short }), refused)
  const digest = { Message: mu.Message, MessageType: 'DIGEST' } as const
  await assert.rejects(kms.call('Sign', { KeyId, SigningAlgorithm, ...digest }), refused)
})

test('ML-DSA signatures have the lengths of FIPS 204', async () => {
  const kms = await kmsFixture()
  for (const [spec, length] of [
    ['ML_DSA_44', 2420],
    ['ML_DSA_87', 4627],
  ] as const) {
    const { keyId: KeyId } = await signingKey(kms, spec)
    const { Signature } = await kms.call('Sign', { KeyId, Message, SigningAlgorithm: 'ML_DSA_SHAKE_256' })
    assert.equal(Signature?.length, length)
  }
})

test('Sign and Verify look at state, usage, algorithm and message in this order', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
  const input = { KeyId, Message, MessageType: 'EXTERNAL_MU', SigningAlgorithm: 'ECDSA_SHA_256' } as const
  const both = async (expected: object, changes: object = {}) => {
    await assert.rejects(kms.call('Sign', { ...input, ...changes }), expected)
    await assert.rejects(kms.call('Verify', { ...input, ...changes, Signature: Buffer.of(1) }), (error: Error) => {
      assert.equal(error.message, 'message' in expected ? String(expected.message).replace('Sign.', 'Verify.') : '')
      return true
    })
  }
  const message = `${arn} key usage is ENCRYPT_DECRYPT which is not valid for Sign.`
  await both({ code: 'InvalidKeyUsageException', message })
  await kms.call('DisableKey', { KeyId })
  await both({ code: 'DisabledException', message: `${arn} is disabled.` })
  const { keyId } = await signingKey(kms, 'RSA_2048')
  const unfit = 'Algorithm ECDSA_SHA_256 is incompatible with key spec RSA_2048.'
  await both({ code: 'InvalidKeyUsageException', message: unfit }, { KeyId: keyId })
  const type = 'MessageType EXTERNAL_MU is not valid for algorithm RSASSA_PSS_SHA_256.'
  await both({ code: 'ValidationException', message: type }, { KeyId: keyId, SigningAlgorithm: 'RSASSA_PSS_SHA_256' })
})

test('a dry run of Sign and Verify says what the operation would do', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await signingKey(kms, 'ECC_NIST_P256')
  const input = { KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_256' } as const
  const { Signature } = await kms.call('Sign', input)
  const succeeded = { code: 'DryRunOperationException' }
  await assert.rejects(kms.call('Sign', { ...input, DryRun: true }), succeeded)
  await assert.rejects(kms.call('Verify', { ...input, Signature: present(Signature), DryRun: true }), succeeded)
  const wrong = kms.call('Verify', { ...input, Signature: Buffer.alloc(70), DryRun: true })
  await assert.rejects(wrong, noText('KMSInvalidSignatureException'))
  const short = kms.call('Sign', { ...input, MessageType: 'DIGEST', DryRun: true })
  await assert.rejects(short, { code: 'ValidationException' })
})

test('Sign and Verify ask for the signing algorithm and the message type as conditions', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await signingKey(kms, 'RSA_2048')
  const input = { KeyId, Message, SigningAlgorithm: 'RSASSA_PSS_SHA_256' } as const
  const [permission] = await kms.permissions('Sign', input)
  assert.equal(permission?.action, 'kms:Sign')
  assert.equal(permission?.context?.['kms:SigningAlgorithm'], 'RSASSA_PSS_SHA_256')
  assert.equal(permission?.context?.['kms:MessageType'], 'RAW')
  const [digest] = await kms.permissions('Verify', { ...input, MessageType: 'DIGEST', Signature: Buffer.of(1) })
  assert.deepEqual([digest?.action, digest?.context?.['kms:MessageType']], ['kms:Verify', 'DIGEST'])
})
