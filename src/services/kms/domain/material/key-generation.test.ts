import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { KeySpec } from '@aws-sdk/client-kms'
import { keyType } from '../algorithms/key-specs.ts'
import { type GeneratedSpec, generateMaterial } from './key-generation.ts'

/** Of the SubjectPublicKeyInfo, in bytes, as AWS's public keys have them. */
const publicKeySizes: Partial<Record<KeySpec, number>> = {
  RSA_2048: 294,
  RSA_3072: 422,
  RSA_4096: 550,
  ECC_NIST_P256: 91,
  ECC_NIST_P384: 120,
  ECC_NIST_P521: 158,
  ECC_SECG_P256K1: 88,
  ECC_NIST_EDWARDS25519: 44,
  ML_DSA_44: 1334,
  ML_DSA_65: 1974,
  ML_DSA_87: 2614,
  ML_KEM_512: 822,
  ML_KEM_768: 1206,
  ML_KEM_1024: 1590,
}

const secretSizes: Partial<Record<KeySpec, number>> = {
  SYMMETRIC_DEFAULT: 32,
  HMAC_224: 28,
  HMAC_256: 32,
  HMAC_384: 48,
  HMAC_512: 64,
}

const specs = Object.values(KeySpec).filter((spec): spec is GeneratedSpec => spec !== 'SM2')

for (const spec of specs.filter((each) => keyType(each) === 'asymmetric')) {
  test(`generateMaterial makes ${spec} as PKCS#8 whose public half it gives, of the size that AWS gives`, async () => {
    const { secret, publicKey } = await generateMaterial(spec)
    assert.equal(publicKey?.length, publicKeySizes[spec])
    const privateKey = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' })
    assert.deepEqual(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }), publicKey)
    if (spec.startsWith('RSA_')) {
      const modulusLength = Number(spec.slice('RSA_'.length))
      assert.deepEqual(privateKey.asymmetricKeyDetails, { modulusLength, publicExponent: 65537n })
    }
  })
}

test('generateMaterial makes random bytes for every other spec, never the same', async () => {
  for (const spec of specs.filter((each) => keyType(each) !== 'asymmetric')) {
    const [one, other] = [await generateMaterial(spec), await generateMaterial(spec)]
    assert.deepEqual([one.secret.length, one.publicKey], [secretSizes[spec], undefined], spec)
    assert.notDeepEqual(one.secret, other.secret)
  }
})

test('generateMaterial searches for the primes of one RSA key after the other, so that other work goes on', async () => {
  const ends: string[] = []
  const made = (spec: GeneratedSpec) => generateMaterial(spec).then(() => ends.push(spec))
  const searches = [made('RSA_3072'), made('RSA_3072'), made('RSA_3072'), made('RSA_3072'), made('RSA_3072')]
  await made('ML_KEM_512')
  assert.ok(ends.indexOf('ML_KEM_512') < 3, `after ${ends}`)
  await Promise.all(searches)
})
