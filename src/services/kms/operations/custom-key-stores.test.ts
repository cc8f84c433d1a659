import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MemoryClusters } from '../../../../test/fixtures/memory-hsm.ts'
import { createKeyStores } from '../key-stores/key-stores.ts'
import { keyCountId, keyCounts, keyStoreSecrets } from '../storage/collections.ts'
import { accountId, alice, type InputOf, kmsFixture, policyOf, present, type Refused, region } from '../testing.ts'

const scope = { accountId, region }
const clusterId = 'cluster-1a23b4cdefg'

async function hsmFixture() {
  const clusters = new MemoryClusters()
  const cluster = clusters.add(clusterId)
  const kms = await kmsFixture({ keyStores: createKeyStores({ xks: {}, clusters }).providers })

  const create = async (changes: Partial<InputOf<'CreateCustomKeyStore'>> = {}): Promise<string> => {
    const { CustomKeyStoreId } = await kms.call('CreateCustomKeyStore', {
      CustomKeyStoreName: 'vault',
      CloudHsmClusterId: clusterId,
      TrustAnchorCertificate: 'customerCA.crt',
      KeyStorePassword: 'first-password',
      ...changes,
    })
    return present(CustomKeyStoreId)
  }
  const entry = async (CustomKeyStoreId: string) =>
    present((await kms.call('DescribeCustomKeyStores', { CustomKeyStoreId })).CustomKeyStores?.[0])
  const connect = async (CustomKeyStoreId: string) => {
    assert.deepEqual(await kms.call('ConnectCustomKeyStore', { CustomKeyStoreId }), {})
    await kms.advanceDays(0)
    return (await entry(CustomKeyStoreId)).ConnectionState
  }
  const disconnect = async (CustomKeyStoreId: string) => {
    assert.deepEqual(await kms.call('DisconnectCustomKeyStore', { CustomKeyStoreId }), {})
    await kms.advanceDays(0)
    return (await entry(CustomKeyStoreId)).ConnectionState
  }
  const createKey = (CustomKeyStoreId: string) => kms.key({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId })
  /** A store that is connected, with a key in it. */
  const inUse = async () => {
    const storeId = await create()
    assert.equal(await connect(storeId), 'CONNECTED')
    return { storeId, ...(await createKey(storeId)) }
  }
  return { kms, clusters, cluster, create, entry, connect, disconnect, createKey, inUse }
}

test('CreateCustomKeyStore answers that there is no cluster where no device is attached', async () => {
  const kms = await kmsFixture()
  const request = {
    CustomKeyStoreName: 'vault',
    CloudHsmClusterId: clusterId,
    TrustAnchorCertificate: 'customerCA.crt',
    KeyStorePassword: 'first-password',
  }
  await assert.rejects(kms.call('CreateCustomKeyStore', request), { code: 'CloudHsmClusterNotFoundException' })
  assert.deepEqual((await kms.call('DescribeCustomKeyStores', {})).CustomKeyStores, [])
})

test('CreateCustomKeyStore makes a disconnected store and shows everything of it but its password', async () => {
  const { kms, create, entry } = await hsmFixture()
  const id = await create()
  assert.match(id, /^cks-[0-9a-f]{17}$/)
  assert.deepEqual(await entry(id), {
    CustomKeyStoreId: id,
    CustomKeyStoreName: 'vault',
    CloudHsmClusterId: clusterId,
    TrustAnchorCertificate: 'customerCA.crt',
    ConnectionState: 'DISCONNECTED',
    CreationDate: kms.clock.now(),
    CustomKeyStoreType: 'AWS_CLOUDHSM',
  })
  const rows = await kms.store.read((sql) => sql.all<{ document: string }>('SELECT document FROM documents'))
  for (const { document } of rows) assert.doesNotMatch(document, /first-password/)
  assert.equal((await kms.store.in(keyStoreSecrets).get(scope, id))?.secret, 'first-password')
})

test('CreateCustomKeyStore gives the same store for the same request, as long as it is disconnected', async () => {
  const { kms, create, connect } = await hsmFixture()
  const id = await create()
  assert.equal(await create(), id)
  const inUse = { code: 'CustomKeyStoreNameInUseException' }
  await assert.rejects(create({ KeyStorePassword: 'other-password' }), inUse)
  await connect(id)
  await assert.rejects(create(), inUse)
  assert.equal((await kms.call('DescribeCustomKeyStores', {})).CustomKeyStores?.length, 1)
})

test('CreateCustomKeyStore looks at the cluster and says what is wrong with it', async () => {
  const { clusters, cluster, create } = await hsmFixture()
  const refused = (code: string, changes = {}) => assert.rejects(create(changes), { code })
  await refused('CloudHsmClusterNotFoundException', { CloudHsmClusterId: 'cluster-zzzzzzzzzzz' })
  await refused('IncorrectTrustAnchorException', { TrustAnchorCertificate: 'another.crt' })
  await refused('ValidationException', { TrustAnchorCertificate: undefined })
  await refused('ValidationException', { XksProxyUriPath: '/kms/xks/v1' })
  cluster.isActive = false
  await refused('CloudHsmClusterNotActiveException')
  cluster.isActive = true
  const [first, second] = cluster.hsms.map((hsm) => ({ ...hsm }))
  cluster.hsms = [present(first), { ...present(second), availabilityZone: 'us-east-1a' }]
  await refused('CloudHsmClusterInvalidConfigurationException')
  cluster.hsms = [present(first), { ...present(second), isActive: false }]
  await refused('CloudHsmClusterInvalidConfigurationException')
  cluster.hsms = [present(first), present(second)]
  await create()
  // A cluster made from a backup of the other has its certificate.
  clusters.add('cluster-2b34c5defgh', cluster.certificate)
  await refused('CloudHsmClusterInUseException', {
    CustomKeyStoreName: 'other',
    CloudHsmClusterId: 'cluster-2b34c5defgh',
  })
})

test('CreateCustomKeyStore stops at 10 stores, and goes on when one is deleted', async () => {
  const { kms, clusters, create } = await hsmFixture()
  const numbered = (n: number) => {
    clusters.add(`cluster-aaaaaaaaa${n}`)
    return create({ CustomKeyStoreName: `store-${n}`, CloudHsmClusterId: `cluster-aaaaaaaaa${n}` })
  }
  const ids: string[] = []
  for (let n = 10; n < 20; n++) ids.push(await numbered(n))
  await assert.rejects(numbered(20), { code: 'LimitExceededException' })
  const { CustomKeyStores, NextMarker, Truncated } = await kms.call('DescribeCustomKeyStores', { Limit: 6 })
  assert.deepEqual([CustomKeyStores?.length, Truncated], [6, true])
  const rest = await kms.call('DescribeCustomKeyStores', { Marker: present(NextMarker) })
  assert.deepEqual([rest.CustomKeyStores?.length, rest.Truncated], [4, false])
  const named = await kms.call('DescribeCustomKeyStores', { CustomKeyStoreName: 'store-13' })
  assert.deepEqual(named.CustomKeyStores?.[0]?.CustomKeyStoreId, ids[3])
  await assert.rejects(kms.call('DescribeCustomKeyStores', { CustomKeyStoreName: 'nobody' }), {
    code: 'CustomKeyStoreNotFoundException',
  })
  await assert.rejects(
    kms.call('DescribeCustomKeyStores', { CustomKeyStoreName: 'x', CustomKeyStoreId: present(ids[0]) }),
    { code: 'ValidationException' },
  )
  await kms.call('DeleteCustomKeyStore', { CustomKeyStoreId: present(ids[0]) })
  await numbered(21)
})

test('a connection gives kmsuser a password that nobody else knows, and ends with a logout', async () => {
  const { kms, cluster, create, connect, disconnect } = await hsmFixture()
  const id = await create()
  assert.equal(await connect(id), 'CONNECTED')
  const password = cluster.password
  assert.notEqual(password, 'first-password')
  assert.ok(password && password.length >= 7 && password.length <= 32)
  assert.deepEqual(await kms.store.in(keyStoreSecrets).get(scope, id), { secret: password })
  assert.equal(cluster.loggedIn, 1)
  assert.equal(await disconnect(id), 'DISCONNECTED')
  assert.equal(cluster.loggedIn, 0)
  assert.equal(await connect(id), 'CONNECTED')
  assert.notEqual(cluster.password, password)
})

test('a connection that fails says why, and is not tried again before it is disconnected', async () => {
  const { kms, clusters, create, entry, connect, disconnect } = await hsmFixture()
  const id = await create()
  clusters.remove(clusterId)
  assert.equal(await connect(id), 'FAILED')
  assert.equal((await entry(id)).ConnectionErrorCode, 'CLUSTER_NOT_FOUND')
  await disconnect(id)
  const cluster = clusters.add(clusterId)
  const changes: [code: string, spoiled: object, mended: object][] = [
    ['USER_LOGGED_IN', { taken: true }, { taken: false }],
    ['USER_NOT_FOUND', { password: undefined }, { password: 'first-password' }],
    ['INVALID_CREDENTIALS', { password: 'changed-by-hand' }, { password: 'first-password', failedLogins: 0 }],
    ['USER_LOCKED_OUT', { failedLogins: 5 }, { failedLogins: 0 }],
    ['NETWORK_ERRORS', { broken: 'hsm-unreachable' }, { broken: undefined }],
    ['SUBNET_NOT_FOUND', { broken: 'subnet-not-found' }, { broken: undefined }],
    ['INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET', { broken: 'no-free-addresses' }, { broken: undefined }],
  ]
  for (const [code, spoiled, mended] of changes) {
    Object.assign(cluster, spoiled)
    assert.equal(await connect(id), 'FAILED', code)
    assert.equal((await entry(id)).ConnectionErrorCode, code)
    const refused = { code: 'CustomKeyStoreInvalidStateException' }
    await assert.rejects(kms.call('ConnectCustomKeyStore', { CustomKeyStoreId: id }), refused)
    await assert.rejects(
      kms.call('UpdateCustomKeyStore', { CustomKeyStoreId: id, NewCustomKeyStoreName: 'x' }),
      refused,
    )
    await assert.rejects(kms.call('DeleteCustomKeyStore', { CustomKeyStoreId: id }), refused)
    Object.assign(cluster, mended)
    assert.equal(await disconnect(id), 'DISCONNECTED')
    assert.equal((await entry(id)).ConnectionErrorCode, undefined)
  }
  assert.equal(await connect(id), 'CONNECTED')
})

test('ConnectCustomKeyStore refuses at once what can be told at once', async () => {
  const { cluster, create, entry, connect } = await hsmFixture()
  const id = await create()
  cluster.isActive = false
  await assert.rejects(connect(id), { code: 'CloudHsmClusterNotActiveException' })
  cluster.isActive = true
  const [hsm] = cluster.hsms
  cluster.hsms = []
  await assert.rejects(connect(id), { code: 'CloudHsmClusterInvalidConfigurationException' })
  assert.equal((await entry(id)).ConnectionState, 'DISCONNECTED')
  // One is enough to connect, not to make keys.
  cluster.hsms = [present(hsm)]
  assert.equal(await connect(id), 'CONNECTED')
  await assert.rejects(connect('cks-00000000000000000'), { code: 'CustomKeyStoreNotFoundException' })
})

test('a connection that is cut off after the password has changed goes through when it is tried again', async () => {
  const { kms, cluster, create, entry } = await hsmFixture()
  const id = await create()
  await kms.call('ConnectCustomKeyStore', { CustomKeyStoreId: id })
  const kinds = ['kms.connect-key-store']
  const leased = present(await kms.store.leaseDue(kinds, kms.clock.nowMs(), kms.clock.nowMs() + 1))
  // The device has done it, and the process dies before it could write that down.
  await present(kms.runners['kms.connect-key-store'])(leased.work)
  const changed = cluster.password
  assert.notEqual(changed, 'first-password')
  assert.equal((await entry(id)).ConnectionState, 'CONNECTING')
  kms.clock.advance(1)
  await kms.advanceDays(0)
  assert.equal((await entry(id)).ConnectionState, 'CONNECTED')
  assert.equal(cluster.password, changed)
  assert.deepEqual(await kms.store.in(keyStoreSecrets).get(scope, id), { secret: changed })
})

test('a store that is disconnected while it connects ends disconnected, and logged out', async () => {
  const { kms, cluster, create, entry } = await hsmFixture()
  const id = await create()
  await kms.call('ConnectCustomKeyStore', { CustomKeyStoreId: id })
  await kms.call('ConnectCustomKeyStore', { CustomKeyStoreId: id })
  await kms.call('DisconnectCustomKeyStore', { CustomKeyStoreId: id })
  assert.equal((await entry(id)).ConnectionState, 'DISCONNECTING')
  await assert.rejects(kms.call('ConnectCustomKeyStore', { CustomKeyStoreId: id }), {
    code: 'CustomKeyStoreInvalidStateException',
  })
  await kms.advanceDays(0)
  assert.equal((await entry(id)).ConnectionState, 'DISCONNECTED')
  assert.equal(cluster.loggedIn, 0)
})

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
  const context = kms.contextOf('Encrypt')
  const { CiphertextBlob } = await kms.callIn(context, 'Encrypt', { KeyId, Plaintext, EncryptionContext })
  const notes = 'notes' in context.call ? (context.call.notes as { additionalEventData?: object }[]) : []
  assert.deepEqual(Object.assign({}, ...notes.map(({ additionalEventData }) => additionalEventData)), {
    customKeyStoreId: storeId,
    backingKeyId,
  })
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
  const context = { ...kms.contextOf('Decrypt'), keyStores: restarted }
  const opened = await kms.callIn(context, 'Decrypt', { CiphertextBlob: present(CiphertextBlob) })
  assert.deepEqual(opened.Plaintext, Plaintext)
  cluster.keys.clear()
  await assert.rejects(encrypt(), { code: 'KMSInvalidStateException', message: /not in the AWS CloudHSM cluster/ })
})

test('UpdateCustomKeyStore moves a store to a related cluster, and tells KMS the password', async () => {
  const { kms, clusters, cluster, disconnect, connect, inUse, entry } = await hsmFixture()
  const { storeId: CustomKeyStoreId } = await inUse()
  const update = (changes: object) => kms.call('UpdateCustomKeyStore', { CustomKeyStoreId, ...changes })
  const related = clusters.add('cluster-related2345', cluster.certificate)
  clusters.add('cluster-strange2345')
  const state = { code: 'CustomKeyStoreInvalidStateException' }
  await assert.rejects(update({ CloudHsmClusterId: 'cluster-related2345' }), state)
  await assert.rejects(update({ KeyStorePassword: 'other-password' }), state)
  assert.deepEqual(await update({ NewCustomKeyStoreName: 'renamed' }), {})
  await disconnect(CustomKeyStoreId)
  await assert.rejects(update({}), { code: 'ValidationException' })
  await assert.rejects(update({ XksProxyUriPath: '/kms/xks/v1' }), { code: 'ValidationException' })
  await assert.rejects(update({ CloudHsmClusterId: 'cluster-nowhere2345' }), {
    code: 'CloudHsmClusterNotFoundException',
  })
  await assert.rejects(update({ CloudHsmClusterId: 'cluster-strange2345' }), {
    code: 'CloudHsmClusterNotRelatedException',
  })
  related.password = 'from-the-backup'
  await update({ CloudHsmClusterId: 'cluster-related2345', KeyStorePassword: 'from-the-backup' })
  assert.equal(await connect(CustomKeyStoreId), 'CONNECTED')
  const { CloudHsmClusterId, CustomKeyStoreName } = await entry(CustomKeyStoreId)
  assert.deepEqual([CloudHsmClusterId, CustomKeyStoreName], ['cluster-related2345', 'renamed'])
})

test('GenerateRandom draws from the cluster of a connected CloudHSM key store, and from no other', async () => {
  const { kms, create, connect } = await hsmFixture()
  const CustomKeyStoreId = await create()
  const draw = () => kms.call('GenerateRandom', { CustomKeyStoreId, NumberOfBytes: 32 })
  await assert.rejects(draw(), { code: 'CustomKeyStoreInvalidStateException' })
  await connect(CustomKeyStoreId)
  assert.equal((await draw()).Plaintext?.length, 32)
  const external = await kms.call('CreateCustomKeyStore', {
    CustomKeyStoreName: 'outside',
    CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
    XksProxyConnectivity: 'VPC_ENDPOINT_SERVICE',
    XksProxyUriEndpoint: 'https://proxy.example.com',
    XksProxyUriPath: '/kms/xks/v1',
    XksProxyVpcEndpointServiceName: 'com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0',
    XksProxyAuthenticationCredential: { AccessKeyId: 'A'.repeat(20), RawSecretAccessKey: 'b'.repeat(43) },
  })
  const outside = { CustomKeyStoreId: present(external.CustomKeyStoreId), NumberOfBytes: 32 }
  await assert.rejects(kms.call('GenerateRandom', outside), { code: 'UnsupportedOperationException' })
})

test('operations on custom key stores ask identity policies alone, and for what KMS looks at for the caller', async () => {
  const { kms, create } = await hsmFixture()
  const request = { CustomKeyStoreName: 'x', CloudHsmClusterId: clusterId }
  const actions = async (changes: object) =>
    (await kms.permissions('CreateCustomKeyStore', { ...request, ...changes })).map(({ action }) => action)
  assert.deepEqual(await actions({}), [
    'kms:CreateCustomKeyStore',
    'cloudhsm:DescribeClusters',
    'iam:CreateServiceLinkedRole',
  ])
  const external = { CustomKeyStoreType: 'EXTERNAL_KEY_STORE', XksProxyConnectivity: 'PUBLIC_ENDPOINT' }
  assert.deepEqual(await actions(external), ['kms:CreateCustomKeyStore'])
  assert.deepEqual(await actions({ ...external, XksProxyConnectivity: 'VPC_ENDPOINT_SERVICE' }), [
    'kms:CreateCustomKeyStore',
    'ec2:DescribeVpcEndpointServices',
  ])
  const document = policyOf({ Effect: 'Allow', Action: 'kms:*', Resource: '*' })
  kms.identity.policies.set(`arn:aws:iam::${accountId}:user/alice`, { identity: [{ document, name: 'kms' }] })
  const id = await create()
  const refused = await kms
    .call('CreateCustomKeyStore', { ...request, CustomKeyStoreName: 'y' }, { caller: alice })
    .catch((error: Refused) => error.permission?.action)
  assert.equal(refused, 'cloudhsm:DescribeClusters')
  await kms.call('DeleteCustomKeyStore', { CustomKeyStoreId: id }, { caller: alice })
})

type Step = 'connect' | 'disconnect' | 'due' | 'spoil' | 'rename' | 'newPassword' | 'delete' | 'createKey' | 'encrypt'

interface Model {
  state: 'DISCONNECTED' | 'CONNECTING' | 'CONNECTED' | 'DISCONNECTING' | 'FAILED' | 'gone'
  reachable: boolean
  keys: number
}

/** What each step answers, and what becomes of the store. */
function expected(model: Model, step: Step): string {
  const { state } = model
  const become = (next: Model['state']) => {
    model.state = next
    return 'ok'
  }
  if (step === 'due') {
    if (state === 'CONNECTING') return become(model.reachable ? 'CONNECTED' : 'FAILED')
    return state === 'DISCONNECTING' ? become('DISCONNECTED') : 'ok'
  }
  if (step === 'spoil') {
    model.reachable = !model.reachable
    return 'ok'
  }
  if (step === 'encrypt') {
    if (model.keys === 0) return 'ok'
    return state === 'CONNECTED' && model.reachable ? 'ok' : 'KMSInvalidStateException'
  }
  if (state === 'gone') return 'CustomKeyStoreNotFoundException'
  const refused = 'CustomKeyStoreInvalidStateException'
  switch (step) {
    case 'connect':
      if (state === 'CONNECTED' || state === 'CONNECTING') return 'ok'
      return state === 'DISCONNECTED' ? become('CONNECTING') : refused
    case 'disconnect':
      return state === 'DISCONNECTED' || state === 'DISCONNECTING' ? refused : become('DISCONNECTING')
    case 'rename':
      return state === 'DISCONNECTED' || state === 'CONNECTED' ? 'ok' : refused
    case 'newPassword':
      return state === 'DISCONNECTED' ? 'ok' : refused
    case 'createKey':
      if (state !== 'CONNECTED' || !model.reachable) return refused
      model.keys++
      return 'ok'
    case 'delete':
      if (state !== 'DISCONNECTED') return refused
      return model.keys > 0 ? 'CustomKeyStoreHasCMKsException' : become('gone')
  }
}

test('any sequence of operations leaves a store in the state that a small model foretells', async () => {
  const steps = fc.array(
    fc.constantFrom<Step>(
      ...(['connect', 'connect', 'disconnect', 'due', 'due', 'spoil', 'rename'] as const),
      ...(['newPassword', 'delete', 'createKey', 'encrypt'] as const),
    ),
    { minLength: 5, maxLength: 30 },
  )
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const { kms, cluster, create, createKey } = await hsmFixture()
      const CustomKeyStoreId = await create()
      const model: Model = { state: 'DISCONNECTED', reachable: true, keys: 0 }
      let KeyId: string | undefined
      const run: Record<Step, () => Promise<unknown>> = {
        connect: () => kms.call('ConnectCustomKeyStore', { CustomKeyStoreId }),
        disconnect: () => kms.call('DisconnectCustomKeyStore', { CustomKeyStoreId }),
        due: () => kms.advanceDays(0),
        spoil: async () => {
          cluster.broken = cluster.broken ? undefined : 'hsm-unreachable'
        },
        rename: () => kms.call('UpdateCustomKeyStore', { CustomKeyStoreId, NewCustomKeyStoreName: 'renamed' }),
        newPassword: () =>
          kms.call('UpdateCustomKeyStore', { CustomKeyStoreId, KeyStorePassword: present(cluster.password) }),
        delete: () => kms.call('DeleteCustomKeyStore', { CustomKeyStoreId }),
        createKey: async () => {
          const key = await createKey(CustomKeyStoreId)
          KeyId ??= key.keyId
        },
        encrypt: async () => KeyId && kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') }),
      }
      for (const step of sequence) {
        const answer = await run[step]().then(
          () => 'ok',
          (error) => error.code ?? String(error),
        )
        assert.equal(answer, expected(model, step), `${step} in ${sequence}`)
      }
      const described = await kms.call('DescribeCustomKeyStores', { CustomKeyStoreId }).then(
        ({ CustomKeyStores }) => CustomKeyStores?.[0]?.ConnectionState,
        () => 'gone',
      )
      assert.equal(described, model.state)
      if (KeyId) {
        const { KeyMetadata } = await kms.call('DescribeKey', { KeyId })
        assert.equal(KeyMetadata?.KeyState, model.state === 'CONNECTED' ? 'Enabled' : 'Unavailable')
      }
      await kms.store.close()
    }),
    { numRuns: 40 },
  )
})
