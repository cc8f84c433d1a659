import assert from 'node:assert/strict'
import { createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { type KmsFixture, kmsFixture, present } from '../../testing.ts'

const curves = {
  ECC_NIST_P256: { namedCurve: 'prime256v1', secretBytes: 32, noble: p256 },
  ECC_NIST_P384: { namedCurve: 'secp384r1', secretBytes: 48, noble: p384 },
  ECC_NIST_P521: { namedCurve: 'secp521r1', secretBytes: 66, noble: p521 },
} as const
type Spec = keyof typeof curves
const specs = Object.keys(curves) as Spec[]

async function agreementKey(kms: KmsFixture, KeySpec: Spec) {
  const { keyId: KeyId, arn } = await kms.key({ KeySpec, KeyUsage: 'KEY_AGREEMENT' })
  const { PublicKey } = await kms.call('GetPublicKey', { KeyId })
  return { KeyId, arn, PublicKey: Buffer.from(present(PublicKey)) }
}

const spki = (namedCurve: string) =>
  generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'der', type: 'spki' })

test('scenario 25: two keys derive the same secret from each other’s public key, on every curve', async () => {
  const kms = await kmsFixture()
  for (const spec of specs) {
    const [one, other] = [await agreementKey(kms, spec), await agreementKey(kms, spec)]
    const KeyAgreementAlgorithm = 'ECDH'
    const derived = { KeyId: one.KeyId, KeyAgreementAlgorithm, PublicKey: other.PublicKey } as const
    const { SharedSecret, ...rest } = await kms.call('DeriveSharedSecret', derived)
    assert.deepEqual(rest, { KeyId: one.arn, KeyAgreementAlgorithm, KeyOrigin: 'AWS_KMS' })
    assert.equal(SharedSecret?.length, curves[spec].secretBytes)
    const input = { KeyId: other.KeyId, KeyAgreementAlgorithm, PublicKey: one.PublicKey } as const
    assert.deepEqual((await kms.call('DeriveSharedSecret', input)).SharedSecret, SharedSecret)
  }
})

test('DeriveSharedSecret agrees with parties outside KMS: node and noble', async () => {
  const kms = await kmsFixture()
  for (const spec of specs) {
    const { KeyId, PublicKey } = await agreementKey(kms, spec)
    const ours = createPublicKey({ key: PublicKey, format: 'der', type: 'spki' })
    const { namedCurve, noble } = curves[spec]
    const theirs = generateKeyPairSync('ec', { namedCurve })
    const { SharedSecret } = await kms.call('DeriveSharedSecret', {
      KeyId,
      KeyAgreementAlgorithm: 'ECDH',
      PublicKey: theirs.publicKey.export({ format: 'der', type: 'spki' }),
    })
    assert.deepEqual(SharedSecret, diffieHellman({ privateKey: theirs.privateKey, publicKey: ours }))
    const { d = '' } = theirs.privateKey.export({ format: 'jwk' })
    const { x = '', y = '' } = ours.export({ format: 'jwk' })
    const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
    const shared = noble.getSharedSecret(Buffer.from(d, 'base64url'), point)
    assert.deepEqual(SharedSecret, Buffer.from(shared.subarray(1)))
  }
})

test('scenario 25: a public key of another curve, of another kind, damaged or made up is refused without text', async () => {
  const kms = await kmsFixture()
  const { KeyId, PublicKey } = await agreementKey(kms, 'ECC_NIST_P384')
  const derive = (peer: Uint8Array) =>
    kms.call('DeriveSharedSecret', { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: peer })
  const refused = { code: 'ValidationException', status: 400, message: '' }
  const der = { format: 'der', type: 'spki' } as const
  const peers = [
    spki('prime256v1'),
    spki('secp521r1'),
    spki('secp256k1'),
    generateKeyPairSync('ed25519').publicKey.export(der),
    generateKeyPairSync('x25519').publicKey.export(der),
    generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export(der),
    Buffer.from(createPublicKey({ key: PublicKey, ...der }).export({ format: 'pem', type: 'spki' })),
    generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey.export({ format: 'der', type: 'pkcs8' }),
    Buffer.concat([PublicKey, Buffer.of(0)]),
    ...[6, 7].map((form) => Buffer.concat([PublicKey.subarray(0, -97), Buffer.of(form), PublicKey.subarray(-96)])),
    PublicKey.subarray(0, -1),
    Buffer.of(0x30),
    Buffer.alloc(8192),
  ]
  for (const peer of peers) await assert.rejects(derive(peer), refused)
  for (let bit = 0; bit < PublicKey.length * 8; bit++) {
    const flipped = Buffer.from(PublicKey)
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    await assert.rejects(derive(flipped), refused, `bit ${bit}`)
  }
})

test('a public key in which bits are said to be unused is refused, though they are zero', async () => {
  const kms = await kmsFixture()
  const { KeyId } = await agreementKey(kms, 'ECC_NIST_P256')
  let peer = spki('prime256v1')
  while ((peer.at(-1) ?? 0) % 2 === 1) peer = spki('prime256v1')
  const unusedBitsAt = peer.length - 66
  assert.equal(peer[unusedBitsAt], 0)
  peer[unusedBitsAt] = 1
  const derived = kms.call('DeriveSharedSecret', { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: peer })
  await assert.rejects(derived, { code: 'ValidationException', message: '' })
})

test('DeriveSharedSecret looks at the state, then at the usage; attestation documents are refused', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const input = { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: spki('prime256v1') } as const
  await assert.rejects(kms.call('DeriveSharedSecret', input), {
    code: 'InvalidKeyUsageException',
    message: `${arn} key usage is SIGN_VERIFY which is not valid for DeriveSharedSecret.`,
  })
  await assert.rejects(kms.call('DeriveSharedSecret', { ...input, Recipient: {} }), { code: 'ValidationException' })
  await kms.call('DisableKey', { KeyId })
  await assert.rejects(kms.call('DeriveSharedSecret', input), { code: 'DisabledException' })
})

test('a dry run of DeriveSharedSecret says what the operation would do', async () => {
  const kms = await kmsFixture()
  const { KeyId, PublicKey } = await agreementKey(kms, 'ECC_NIST_P256')
  const input = { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey, DryRun: true } as const
  await assert.rejects(kms.call('DeriveSharedSecret', input), { code: 'DryRunOperationException' })
  const misfit = kms.call('DeriveSharedSecret', { ...input, PublicKey: spki('secp384r1') })
  await assert.rejects(misfit, { code: 'ValidationException' })
})

test('DeriveSharedSecret asks for the key agreement algorithm as a condition', async () => {
  const kms = await kmsFixture()
  const { KeyId, PublicKey } = await agreementKey(kms, 'ECC_NIST_P256')
  const [permission] = await kms.permissions('DeriveSharedSecret', { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey })
  assert.equal(permission?.action, 'kms:DeriveSharedSecret')
  assert.equal(permission?.context?.['kms:KeyAgreementAlgorithm'], 'ECDH')
})
