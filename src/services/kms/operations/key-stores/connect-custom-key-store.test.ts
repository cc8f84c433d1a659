import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clusterId, hsmFixture } from '../../../../../test/fixtures/hsm-stores.ts'
import { keyStoreSecrets } from '../../storage/collections.ts'
import { accountId, present, region } from '../../testing.ts'

const scope = { accountId, region }

test('a connection gives kmsuser a password that only the server knows, and ends with a logout', async () => {
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

test('a connection that cannot give kmsuser a new password fails, and leaves no session logged in', async () => {
  const { cluster, create, entry, connect, disconnect } = await hsmFixture()
  const id = await create()
  cluster.breaksAtPasswords = true
  assert.equal(await connect(id), 'FAILED')
  assert.equal((await entry(id)).ConnectionErrorCode, 'NETWORK_ERRORS')
  assert.deepEqual([cluster.loggedIn, cluster.password], [0, 'first-password'])
  cluster.breaksAtPasswords = false
  await disconnect(id)
  assert.equal(await connect(id), 'CONNECTED')
})

test('ConnectCustomKeyStore refuses at once what it can check at once', async () => {
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
  await kms.runWork(leased.work)
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
