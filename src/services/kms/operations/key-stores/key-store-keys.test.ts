import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterId, hsmFixture } from '../../../../../test/fixtures/hsm-stores.ts'
import { unreachedStore } from '../../../../../test/fixtures/xks-stores.ts'
import { StoreUnavailableError } from '../../../../core/store.ts'
import { createKeyStores } from '../../key-stores/key-stores.ts'
import { keyCountId, keyCounts } from '../../storage/collections.ts'
import { accountId, present, region } from '../../testing.ts'

const scope = { accountId, region }

test('K9: a key in a CloudHSM key store is made in the device and used there', async () => {
  const { kms, cluster, inUse } = await hsmFixture()
  const { storeId, keyId: KeyId, arn } = await inUse()
  const [[backingKeyId, key] = []] = [...cluster.keys]
  assert.equal(key?.label, arn)
  const { KeyMetadata } = await kms.call('DescribeKey', { KeyId })
  assert.deepEqual(
    [KeyMetadata?.Origin, KeyMetadata?.KeyState, KeyMetadata?.CustomKeyStoreId, KeyMetadata?.CloudHsmClusterId],
    ['AWS_CLOUDHSM', 'Enabled', storeId, clusterId],
  )
  assert.equal(KeyMetadata?.CurrentKeyMaterialId, undefined)
  const EncryptionContext = { a: '1' }
  const Plaintext = Buffer.from('in the device')
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext, EncryptionContext })
  assert.deepEqual(kms.lastRecord().additionalEventData, { customKeyStoreId: storeId, backingKeyId })
  const opened = await kms.call('Decrypt', { CiphertextBlob: present(CiphertextBlob), EncryptionContext })
  assert.deepEqual(opened, {
    KeyId: arn,
    Plaintext,
    EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    KeyMaterialId: undefined,
  })
  const blob = present(CiphertextBlob)
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob: blob, EncryptionContext: { a: '2' } }), {
    code: 'InvalidCiphertextException',
    message: '',
  })
  for (let at = 0; at < blob.length; at++) {
    const changed = Buffer.from(blob)
    changed[at] = (changed[at] ?? 0) ^ 0x80
    await assert.rejects(kms.call('Decrypt', { KeyId, CiphertextBlob: changed, EncryptionContext }), {
      code: 'InvalidCiphertextException',
    })
  }
})

test('a blob of a key in KMS does not open with a key in a custom key store, nor the other way', async () => {
  const { kms, inUse } = await hsmFixture()
  const { keyId: KeyId } = await inUse()
  const inside = await kms.key()
  const Plaintext = Buffer.from('x')
  const blob = async (id: string) => present((await kms.call('Encrypt', { KeyId: id, Plaintext })).CiphertextBlob)
  const [ofStore, ofKms] = [Buffer.from(await blob(KeyId)), Buffer.from(await blob(inside.keyId))]
  for (const [bytes, other] of [
    [ofStore, inside.keyId],
    [ofKms, KeyId],
  ] as const) {
    await assert.rejects(kms.call('Decrypt', { CiphertextBlob: bytes, KeyId: other }), {
      code: 'IncorrectKeyException',
    })
  }
})

test('scenario 29: a key in a CloudHSM store makes data keys and no data key pairs', async () => {
  const { kms, inUse } = await hsmFixture()
  const { keyId: KeyId, arn } = await inUse()
  const { CiphertextBlob, Plaintext, KeyMaterialId } = await kms.call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })
  assert.equal(KeyMaterialId, undefined)
  const opened = await kms.call('Decrypt', { CiphertextBlob: present(CiphertextBlob) })
  assert.deepEqual(opened.Plaintext, Plaintext)
  const refused = {
    code: 'UnsupportedOperationException',
    message: `${arn} origin is AWS_CLOUDHSM which is not valid for this operation.`,
  }
  await assert.rejects(kms.call('GenerateDataKeyPair', { KeyId, KeyPairSpec: 'ECC_NIST_P256' }), refused)
  await assert.rejects(kms.call('GenerateDataKeyPairWithoutPlaintext', { KeyId, KeyPairSpec: 'RSA_2048' }), refused)
})

test('scenario 10: a key in a CloudHSM store cannot be rotated', async () => {
  const { kms, inUse } = await hsmFixture()
  const { keyId: KeyId } = await inUse()
  const refused = { code: 'UnsupportedOperationException' }
  await assert.rejects(kms.call('EnableKeyRotation', { KeyId }), refused)
  await assert.rejects(kms.call('RotateKeyOnDemand', { KeyId }), refused)
  await assert.rejects(kms.call('GetKeyRotationStatus', { KeyId }), refused)
  await assert.rejects(kms.call('ListKeyRotations', { KeyId }), refused)
})

test('CreateKey needs a connected store with HSMs in two zones, and leaves no key behind when it fails', async () => {
  const { kms, cluster, create, connect, createKey } = await hsmFixture()
  const id = await create()
  const notConnected = { code: 'CustomKeyStoreInvalidStateException' }
  await assert.rejects(createKey(id), notConnected)
  await connect(id)
  await kms.store.transaction((tx) => tx.in(keyCounts).put(scope, keyCountId, { customerManaged: 100_000 }))
  await assert.rejects(createKey(id), { code: 'LimitExceededException' })
  assert.equal(cluster.keys.size, 0)
  await kms.store.transaction((tx) =>
    tx
      .in(keyCounts)
      .delete(scope, keyCountId)
      .then(() => undefined),
  )
  const [first, second] = cluster.hsms
  cluster.hsms = [present(first)]
  await assert.rejects(createKey(id), { code: 'CloudHsmClusterInvalidConfigurationException' })
  cluster.hsms = [present(first), present(second)]
  const refused = { code: 'UnsupportedOperationException' }
  await assert.rejects(kms.key({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: id, MultiRegion: true }), refused)
  await assert.rejects(kms.key({ Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId: id, XksKeyId: 'x' }), {
    code: 'ValidationException',
  })
  await createKey(id)
  assert.equal(cluster.keys.size, 1)
})

test('CreateKey leaves the key in the device where it cannot know whether a KMS key came of it', async () => {
  const { kms, cluster, create, connect } = await hsmFixture()
  const CustomKeyStoreId = await create()
  await connect(CustomKeyStoreId)
  const transaction = () => Promise.reject(new StoreUnavailableError('lost during a commit'))
  kms.beforeHandling('CreateKey', ({ call }) => Object.assign(call, { transaction }))
  const request = { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId } as const
  await assert.rejects(kms.call('CreateKey', request), StoreUnavailableError)
  assert.equal(cluster.keys.size, 1)
})

test('the key in the device is deleted after the KMS key; when it cannot be, the record says what is left behind', async () => {
  const { kms, cluster, disconnect, createKey, inUse } = await hsmFixture()
  const { storeId, keyId, arn } = await inUse()
  const orphan = await createKey(storeId)
  const [backingKeyId, orphanedId] = [...cluster.keys.keys()]
  await kms.call('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 })
  await kms.call('ScheduleKeyDeletion', { KeyId: orphan.keyId, PendingWindowInDays: 8 })
  await kms.advanceDays(7)
  assert.deepEqual([...cluster.keys.keys()], [orphanedId])
  const deletionRecord = (id: string | undefined, deletionStatus: string) => ({
    customKeyStoreId: storeId,
    clusterId,
    backingKeys: [{ backingKeyId: id }],
    backingKeysDeletionStatus: [{ backingKeyId: id, deletionStatus }],
  })
  const deletions = () => kms.store.records.filter(({ eventName }) => eventName === 'DeleteKey')
  assert.deepEqual(
    deletions().map(({ additionalEventData, resources }) => [additionalEventData, resources?.[0]?.ARN]),
    [
      [undefined, arn],
      [deletionRecord(backingKeyId, 'SUCCESS'), arn],
    ],
  )
  await disconnect(storeId)
  await kms.advanceDays(1)
  assert.deepEqual([...cluster.keys.keys()], [orphanedId])
  assert.deepEqual(deletions().at(-1)?.additionalEventData, deletionRecord(orphanedId, 'FAILURE'))
  await kms.call('DeleteCustomKeyStore', { CustomKeyStoreId: storeId })
})

test('a key whose cluster is in trouble says so, and works again afterwards, also after a restart', async () => {
  const { kms, clusters, cluster, inUse } = await hsmFixture()
  const { keyId: KeyId } = await inUse()
  const Plaintext = Buffer.from('x')
  const encrypt = () => kms.call('Encrypt', { KeyId, Plaintext })
  cluster.broken = 'hsm-unreachable'
  await assert.rejects(encrypt(), { code: 'KMSInvalidStateException', message: /cannot communicate/ })
  cluster.broken = undefined
  const { CiphertextBlob } = await encrypt()
  const restarted = createKeyStores({ xks: {}, clusters }).providers
  kms.beforeHandling('Decrypt', (context) => Object.assign(context, { keyStores: restarted }))
  const opened = await kms.call('Decrypt', { CiphertextBlob: present(CiphertextBlob) })
  assert.deepEqual(opened.Plaintext, Plaintext)
  cluster.keys.clear()
  await assert.rejects(encrypt(), { code: 'KMSInvalidStateException', message: /not in the AWS CloudHSM cluster/ })
})

test('GenerateRandom draws from the cluster of a connected CloudHSM key store, and from no other', async () => {
  const { kms, create, connect } = await hsmFixture()
  const CustomKeyStoreId = await create()
  const draw = () => kms.call('GenerateRandom', { CustomKeyStoreId, NumberOfBytes: 32 })
  await assert.rejects(draw(), { code: 'CustomKeyStoreInvalidStateException' })
  await connect(CustomKeyStoreId)
  assert.equal((await draw()).Plaintext?.length, 32)
  const external = await kms.call('CreateCustomKeyStore', unreachedStore())
  const outside = { CustomKeyStoreId: present(external.CustomKeyStoreId), NumberOfBytes: 32 }
  await assert.rejects(kms.call('GenerateRandom', outside), { code: 'UnsupportedOperationException' })
})
