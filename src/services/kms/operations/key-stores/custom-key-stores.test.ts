import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterId, hsmFixture } from '../../../../../test/fixtures/hsm-stores.ts'
import { keyStoreSecrets } from '../../storage/collections.ts'
import { accountId, alice, kmsFixture, policyOf, present, refusedAction, region } from '../../testing.ts'

const scope = { accountId, region }

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
    const CloudHsmClusterId = `cluster-aaaaaaaaaa${'abcdefghijkl'[n - 10]}`
    clusters.add(CloudHsmClusterId)
    return create({ CustomKeyStoreName: `store-${n}`, CloudHsmClusterId })
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
  await assert.rejects(kms.call('DescribeCustomKeyStores', { CustomKeyStoreName: 'absent' }), {
    code: 'CustomKeyStoreNotFoundException',
  })
  await assert.rejects(
    kms.call('DescribeCustomKeyStores', { CustomKeyStoreName: 'x', CustomKeyStoreId: present(ids[0]) }),
    { code: 'ValidationException' },
  )
  await kms.call('DeleteCustomKeyStore', { CustomKeyStoreId: present(ids[0]) })
  await numbered(21)
})

test('UpdateCustomKeyStore moves a store to a related cluster, and gives KMS the password', async () => {
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
  await kms.putUser(alice, [policyOf({ Effect: 'Allow', Action: 'kms:*', Resource: '*' })])
  const id = await create()
  const creating = kms.call('CreateCustomKeyStore', { ...request, CustomKeyStoreName: 'y' }, { caller: alice })
  assert.equal(await refusedAction(creating), 'cloudhsm:DescribeClusters')
  await kms.call('DeleteCustomKeyStore', { CustomKeyStoreId: id }, { caller: alice })
})
