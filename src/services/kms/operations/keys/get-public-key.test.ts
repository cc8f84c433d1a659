import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { keys } from '../../storage/collections.ts'
import { accountId, kmsFixture, present, region } from '../../testing.ts'

const scope = { accountId, region }

test('GetPublicKey gives the SPKI, what the key is for and the algorithms, by whichever name the key goes', async () => {
  const kms = await kmsFixture()
  const { keyId, arn } = await kms.key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  await kms.call('CreateAlias', { AliasName: 'alias/signer', TargetKeyId: keyId })
  for (const KeyId of [keyId, arn, 'alias/signer', 'arn:aws:kms:us-east-1:111122223333:alias/signer']) {
    const { PublicKey, ...rest } = await kms.call('GetPublicKey', { KeyId })
    const key = createPublicKey({ key: Buffer.from(present(PublicKey)), format: 'der', type: 'spki' })
    assert.deepEqual(key.asymmetricKeyDetails, { namedCurve: 'prime256v1' })
    assert.deepEqual(rest, {
      KeyId: arn,
      CustomerMasterKeySpec: 'ECC_NIST_P256',
      KeySpec: 'ECC_NIST_P256',
      KeyUsage: 'SIGN_VERIFY',
      SigningAlgorithms: ['ECDSA_SHA_256'],
    })
  }
})

test('GetPublicKey lists the algorithms under the name of the usage', async () => {
  const kms = await kmsFixture()
  const shown = async (
    KeySpec: 'RSA_2048' | 'ECC_NIST_P384' | 'ML_KEM_768',
    KeyUsage: 'ENCRYPT_DECRYPT' | 'KEY_AGREEMENT' | 'ENCAPSULATE_DECAPSULATE',
  ) => {
    const { keyId } = await kms.key({ KeySpec, KeyUsage })
    const { KeyId: _, PublicKey: __, ...rest } = await kms.call('GetPublicKey', { KeyId: keyId })
    return rest
  }
  assert.deepEqual(await shown('RSA_2048', 'ENCRYPT_DECRYPT'), {
    CustomerMasterKeySpec: 'RSA_2048',
    KeySpec: 'RSA_2048',
    KeyUsage: 'ENCRYPT_DECRYPT',
    EncryptionAlgorithms: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
  })
  assert.deepEqual((await shown('ECC_NIST_P384', 'KEY_AGREEMENT')).KeyAgreementAlgorithms, ['ECDH'])
  assert.deepEqual(await shown('ML_KEM_768', 'ENCAPSULATE_DECAPSULATE'), {
    KeySpec: 'ML_KEM_768',
    KeyUsage: 'ENCAPSULATE_DECAPSULATE',
    EncapsulationAlgorithms: ['ML_KEM'],
  })
})

test('GetPublicKey answers for disabled keys, not for keys pending deletion, and not for keys without a pair', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key({ KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' })
  await kms.call('DisableKey', { KeyId })
  assert.equal((await kms.call('GetPublicKey', { KeyId })).PublicKey?.length, 44)
  await kms.call('ScheduleKeyDeletion', { KeyId })
  await assert.rejects(kms.call('GetPublicKey', { KeyId }), {
    code: 'KMSInvalidStateException',
    message: `${arn} is pending deletion.`,
  })
  const others = [await kms.key(), await kms.key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })]
  for (const { keyId } of others) {
    await kms.call('DisableKey', { KeyId: keyId })
    await assert.rejects(kms.call('GetPublicKey', { KeyId: keyId }), { code: 'UnsupportedOperationException' })
  }
})

test('GetPublicKey of a key that waits for import gives the public key it had, or says that it waits', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const key = present(await kms.store.in(keys).get(scope, KeyId))
  const put = (changes: object) => kms.store.transaction((tx) => tx.in(keys).put(scope, KeyId, { ...key, ...changes }))
  await put({ origin: 'EXTERNAL', state: 'PendingImport' })
  assert.equal((await kms.call('GetPublicKey', { KeyId })).PublicKey?.length, 91)
  await put({ origin: 'EXTERNAL', state: 'PendingImport', publicKey: undefined })
  await assert.rejects(kms.call('GetPublicKey', { KeyId }), {
    code: 'KMSInvalidStateException',
    message: `${arn} is pending import.`,
  })
})
