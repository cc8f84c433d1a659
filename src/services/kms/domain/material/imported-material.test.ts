import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createPrivateKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { KeySpec } from '@aws-sdk/client-kms'
import fc from 'fast-check'
import { missing } from '../../../../../test/fixtures/foreign.ts'
import { checkImportedMaterial } from './imported-material.ts'
import { generateMaterial } from './key-generation.ts'

const importable = ['RSA_2048', 'ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521', 'ECC_SECG_P256K1'] as const
const keyPairs = [...importable, 'ECC_NIST_EDWARDS25519'] as const

const isRefused = async (keySpec: KeySpec, bytes: Uint8Array, reason = /./) => {
  const checked = await checkImportedMaterial(keySpec, bytes)
  assert.ok('reason' in checked, `${keySpec} takes ${bytes.length} bytes that it should not`)
  assert.match(checked.reason, reason)
}

const isTaken = async (keySpec: KeySpec, bytes: Uint8Array) => {
  const checked = await checkImportedMaterial(keySpec, bytes)
  assert.ok('material' in checked, 'reason' in checked ? checked.reason : '')
  return checked.material
}

test('checkImportedMaterial takes every key pair that KMS itself would make, with its public half', async () => {
  for (const spec of keyPairs) {
    const { secret, publicKey } = await generateMaterial(spec)
    assert.deepEqual(await isTaken(spec, secret), { secret, publicKey })
  }
})

test('checkImportedMaterial refuses a key pair of another spec', async () => {
  for (const made of keyPairs) {
    const { secret } = await generateMaterial(made)
    for (const wanted of [...keyPairs, 'RSA_3072', 'RSA_4096'] as const) {
      if (made !== wanted) await isRefused(wanted, secret, /not a private/)
    }
  }
})

test('checkImportedMaterial takes 32 bytes for a symmetric key, and as many as the hash up to 128 for an HMAC key', async () => {
  const least = { SYMMETRIC_DEFAULT: 32, HMAC_224: 28, HMAC_256: 32, HMAC_384: 48, HMAC_512: 64 } as const
  for (const [spec, min] of Object.entries(least) as [keyof typeof least, number][]) {
    const max = spec === 'SYMMETRIC_DEFAULT' ? 32 : 128
    for (const length of [min, max]) {
      const bytes = randomBytes(length)
      assert.deepEqual(await isTaken(spec, bytes), { secret: bytes })
    }
    for (const length of [0, min - 1, max + 1]) await isRefused(spec, randomBytes(length), /bytes long/)
  }
})

test('checkImportedMaterial never takes ML-DSA, ML-KEM or SM2 keys', async () => {
  for (const spec of Object.values(KeySpec).filter((each) => /^(ML_|SM2)/.test(each))) {
    const secret = spec === 'SM2' ? randomBytes(32) : (await generateMaterial(spec as 'ML_DSA_44')).secret
    await isRefused(spec, secret, /cannot be imported/)
  }
})

test('checkImportedMaterial answers any bytes, and any damage to a key, with a reason or with a sound key', async () => {
  for (const spec of ['RSA_2048', 'ECC_NIST_P256'] as const) {
    const { secret, publicKey } = await generateMaterial(spec)
    await isRefused(spec, Buffer.concat([secret, Buffer.alloc(1)]), /PKCS #8/)
    await isRefused(spec, secret.subarray(0, -1), /PKCS #8/)
    const damages = fc.record({ at: fc.nat(secret.length - 1), mask: fc.integer({ min: 1, max: 255 }) })
    await fc.assert(
      fc.asyncProperty(damages, async ({ at, mask }) => {
        const damaged = Buffer.from(secret)
        damaged[at] = (damaged[at] ?? 0) ^ mask
        const checked = await checkImportedMaterial(spec, damaged)
        if ('material' in checked && !checked.material.secret.equals(secret)) {
          // Another private key altogether, or the same one with another attribute: then its public half is its own.
          assert.notDeepEqual(checked.material.publicKey, publicKey)
        }
      }),
      { numRuns: 60 },
    )
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), (bytes) => isRefused(spec, bytes)),
      { numRuns: 60 },
    )
  }
})

test('checkImportedMaterial refuses an EC key that brings the public key of another', async () => {
  const [one, other] = [await generateMaterial('ECC_NIST_P256'), await generateMaterial('ECC_NIST_P256')]
  // The public point is the end of both encodings.
  const mixed = Buffer.concat([one.secret.subarray(0, -64), other.secret.subarray(-64)])
  assert.equal(createPrivateKey({ key: mixed, format: 'der', type: 'pkcs8' }).asymmetricKeyType, 'ec')
  await isRefused('ECC_NIST_P256', mixed, /public key of another/)
})

const openssl = (command: string, input?: Buffer): Buffer => {
  const { status, stdout, stderr } = spawnSync('openssl', command.split(' '), { input })
  assert.equal(status, 0, String(stderr))
  return stdout
}

test('checkImportedMaterial knows keys that openssl made, and one key in any encoding', {
  skip: missing('openssl', 'version'),
}, async () => {
  const asPkcs8 = (pem: Buffer) => openssl('pkcs8 -topk8 -nocrypt -outform DER', pem)
  const pem = openssl('ecparam -name secp384r1 -genkey -noout')
  const { secret } = await isTaken('ECC_NIST_P384', asPkcs8(pem))
  const withoutPublic = openssl('ec -no_public -outform PEM', pem)
  assert.deepEqual((await isTaken('ECC_NIST_P384', asPkcs8(withoutPublic))).secret, secret)
  await isTaken('RSA_3072', asPkcs8(openssl('genrsa 3072')))
  await isTaken('ECC_NIST_EDWARDS25519', openssl('genpkey -algorithm ed25519 -outform DER'))
})

test('checkImportedMaterial refuses curves by parameters, RSA of three primes, PKCS#1 and RSA-PSS keys of openssl', {
  skip: missing('openssl', 'version'),
}, async () => {
  const explicit = openssl('ecparam -name prime256v1 -param_enc explicit -genkey -noout')
  await isRefused('ECC_NIST_P256', openssl('pkcs8 -topk8 -nocrypt -outform DER', explicit), /named curve/)
  const threePrimes = openssl('genrsa -primes 3 2048')
  await isRefused('RSA_2048', openssl('pkcs8 -topk8 -nocrypt -outform DER', threePrimes), /two primes/)
  await isRefused('RSA_2048', openssl('rsa -traditional -outform DER', openssl('genrsa 2048')), /PKCS #8/)
  const pss = openssl('genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -outform DER')
  await isRefused('RSA_2048', pss, /not a private RSA key/)
})
