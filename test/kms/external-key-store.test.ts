import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CancelKeyDeletionCommand,
  ConnectCustomKeyStoreCommand,
  CreateAliasCommand,
  CreateCustomKeyStoreCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteCustomKeyStoreCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisconnectCustomKeyStoreCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  ReEncryptCommand,
  ScheduleKeyDeletionCommand,
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms'
import { eventually } from '../../src/testing/eventually.ts'
import { missing } from '../fixtures/foreign.ts'
import { proxyCredential, proxyHost, proxyPath } from '../fixtures/xks-proxy.ts'
import { externalStore, startWithProxy, type WithProxy } from '../fixtures/xks-stores.ts'

const skip = missing('openssl', 'version')

let fixture: WithProxy
let proxy: WithProxy['proxy']
let kms: WithProxy['kms']
/** A store that is connected and has a key, for tests that only use it. */
let shared: { storeId: string; keyId: string; arn: string }

before(async () => {
  if (skip) return
  fixture = await startWithProxy()
  proxy = fixture.proxy
  kms = fixture.kms
})
after(() => fixture?.stop())

const stateOf = (id: string) => fixture.entryOf(id)
const connect = (id: string) => fixture.connect(id)
const disconnect = (id: string) => fixture.disconnect(id)
const createKey = (id: string, xksKeyId: string) => fixture.createKey(id, xksKeyId)

/** Polls, as clients do. */
const settled = (id: string): Promise<string | undefined> =>
  eventually(
    async () => (await stateOf(id))?.ConnectionState,
    (state) => state !== 'CONNECTING' && state !== 'DISCONNECTING',
  )

const bodyOf = ({ $metadata: _, ...body }: { $metadata: unknown }) => body

test('K9: an external key store is made, connected, and holds a key that encrypts twice', { skip }, async () => {
  const { CustomKeyStoreId: storeId = '' } = await kms.send(
    new CreateCustomKeyStoreCommand(externalStore({ CustomKeyStoreName: 'shared' })),
  )
  assert.match(storeId, /^cks-[0-9a-f]{17}$/)
  const entry = await stateOf(storeId)
  assert.deepEqual(entry, {
    CustomKeyStoreId: storeId,
    CustomKeyStoreName: 'shared',
    ConnectionState: 'DISCONNECTED',
    CreationDate: entry?.CreationDate,
    CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
    XksProxyConfiguration: {
      Connectivity: 'PUBLIC_ENDPOINT',
      AccessKeyId: proxyCredential.AccessKeyId,
      UriEndpoint: `https://${proxyHost}`,
      UriPath: proxyPath,
    },
  })
  const asked = proxy.log.at(-1)
  assert.equal(asked?.path, `${proxyPath}/health`)
  assert.equal(asked?.method, 'POST')
  assert.equal(asked?.body.requestMetadata?.kmsOperation, 'CreateCustomKeyStore')
  proxy.addKey('shared-key')
  await assert.rejects(createKey(storeId, 'shared-key'), { name: 'CustomKeyStoreInvalidStateException' })
  const connecting = await kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId }))
  assert.deepEqual(bodyOf(connecting), {})
  assert.equal(await settled(storeId), 'CONNECTED')
  assert.equal(proxy.log.at(-1)?.body.requestMetadata?.kmsOperation, 'ConnectCustomKeyStore')
  // Connecting once more changes nothing.
  assert.equal(await connect(storeId), 'CONNECTED')

  const metadata = await createKey(storeId, 'shared-key')
  const { KeyId: keyId = '', Arn: arn = '' } = metadata
  shared = { storeId, keyId, arn }
  const { KeyMetadata: described } = await kms.send(new DescribeKeyCommand({ KeyId: keyId }))
  assert.deepEqual(described, metadata)
  assert.deepEqual(
    [described?.Origin, described?.KeyState, described?.CustomKeyStoreId, described?.XksKeyConfiguration],
    ['EXTERNAL_KEY_STORE', 'Enabled', storeId, { Id: 'shared-key' }],
  )
  assert.equal(described?.CurrentKeyMaterialId, undefined)

  const EncryptionContext = { purpose: 'test' }
  const Plaintext = Buffer.from('seen by neither alone')
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: keyId, Plaintext, EncryptionContext }))
  const handedOver = Buffer.from(String(proxy.log.at(-1)?.body.plaintext), 'base64')
  assert.equal(handedOver.length, Plaintext.length + 16)
  assert.equal(handedOver.includes(Plaintext), false, 'the proxy has seen the plaintext')
  const opened = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))
  assert.equal(Buffer.from(opened.Plaintext ?? []).toString(), 'seen by neither alone')
  assert.deepEqual([opened.KeyId, opened.EncryptionAlgorithm], [arn, 'SYMMETRIC_DEFAULT'])
  assert.equal(opened.KeyMaterialId, undefined)
  const { authorization, body } = proxy.log.at(-1) ?? {}
  assert.match(authorization ?? '', /\/us-east-1\/kms-xks-proxy\/aws4_request, SignedHeaders=host;x-amz-date, /)
  assert.deepEqual(body?.requestMetadata, {
    awsPrincipalArn: `arn:aws:iam::${fixture.server.accountId}:root`,
    kmsKeyArn: arn,
    kmsOperation: 'Decrypt',
    kmsRequestId: opened.$metadata.requestId,
  })
  assert.equal(body?.ciphertextMetadata, proxy.metadata.toString('base64'))
})

test('a key in an external key store takes 4,096 bytes, and makes data keys that open again', { skip }, async () => {
  const { keyId: KeyId } = shared
  const Plaintext = Buffer.alloc(4096, 7)
  const EncryptionContext = { long: 'x'.repeat(8000) }
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext }))
  assert.ok(CiphertextBlob && CiphertextBlob.length <= 6144)
  const opened = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext, KeyId }))
  assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext)
  const dataKey = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }))
  const again = await kms.send(new DecryptCommand({ CiphertextBlob: dataKey.CiphertextBlob }))
  assert.deepEqual(again.Plaintext, dataKey.Plaintext)
  const without = await kms.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, NumberOfBytes: 24 }))
  const last = await kms.send(new DecryptCommand({ CiphertextBlob: without.CiphertextBlob }))
  assert.equal(last.Plaintext?.length, 24)
  assert.equal(proxy.log.at(-2)?.body.requestMetadata?.kmsOperation, 'GenerateDataKeyWithoutPlaintext')
})

test('ReEncrypt moves between an external key store and KMS, either way', { skip }, async () => {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  const Plaintext = Buffer.from('moved')
  const inside = await kms.send(new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext }))
  const out = await kms.send(
    new ReEncryptCommand({
      CiphertextBlob: inside.CiphertextBlob,
      DestinationKeyId: shared.keyId,
      DestinationEncryptionContext: { to: 'outside' },
    }),
  )
  assert.ok(out.SourceKeyMaterialId)
  assert.equal(out.DestinationKeyMaterialId, undefined)
  const back = await kms.send(
    new ReEncryptCommand({
      CiphertextBlob: out.CiphertextBlob,
      SourceEncryptionContext: { to: 'outside' },
      DestinationKeyId: KeyMetadata?.KeyId,
    }),
  )
  const opened = await kms.send(new DecryptCommand({ CiphertextBlob: back.CiphertextBlob }))
  assert.equal(Buffer.from(opened.Plaintext ?? []).toString(), 'moved')
})

test('connections to a proxy are kept, and a request goes through when the proxy has closed them', {
  skip,
}, async () => {
  const encrypt = () => kms.send(new EncryptCommand({ KeyId: shared.keyId, Plaintext: Buffer.from('x') }))
  await encrypt()
  await encrypt()
  const [before, last] = proxy.log.slice(-2)
  assert.equal(before?.remotePort, last?.remotePort)
  proxy.dropConnections()
  await encrypt()
  assert.notEqual(proxy.log.at(-1)?.remotePort, last?.remotePort)
})

test('scenario 57: a disconnected external key store makes its keys unavailable, and only that', { skip }, async () => {
  const { storeId, keyId: KeyId, arn } = shared
  const Plaintext = Buffer.from('x')
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext }))
  assert.equal(await disconnect(storeId), 'DISCONNECTED')
  await assert.rejects(kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId })), {
    name: 'CustomKeyStoreInvalidStateException',
  })
  const stateNow = async () => (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata
  assert.deepEqual([(await stateNow())?.KeyState, (await stateNow())?.Enabled], ['Unavailable', false])
  const unavailable = { name: 'KMSInvalidStateException', message: `${arn} is unavailable.` }
  const asked = proxy.log.length
  await assert.rejects(kms.send(new EncryptCommand({ KeyId, Plaintext })), unavailable)
  await assert.rejects(kms.send(new DecryptCommand({ CiphertextBlob })), unavailable)
  await assert.rejects(kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })), unavailable)
  assert.equal(proxy.log.length, asked, 'the proxy was asked')
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/outside', TargetKeyId: KeyId }))

  // Enabled and disabled without effect, until the store is back.
  await kms.send(new DisableKeyCommand({ KeyId }))
  assert.equal((await stateNow())?.KeyState, 'Unavailable')
  assert.equal(await connect(storeId), 'CONNECTED')
  assert.equal((await stateNow())?.KeyState, 'Disabled')
  await assert.rejects(kms.send(new EncryptCommand({ KeyId, Plaintext })), { name: 'DisabledException' })
  await disconnect(storeId)
  await kms.send(new EnableKeyCommand({ KeyId }))

  const scheduled = await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
  assert.equal(scheduled.KeyState, 'PendingDeletion')
  assert.equal((await stateNow())?.KeyState, 'PendingDeletion')
  await assert.rejects(kms.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId: storeId })), {
    name: 'CustomKeyStoreHasCMKsException',
  })
  await kms.send(new CancelKeyDeletionCommand({ KeyId }))
  await kms.send(new EnableKeyCommand({ KeyId }))
  assert.equal(await connect(storeId), 'CONNECTED')
  const opened = await kms.send(new DecryptCommand({ CiphertextBlob }))
  assert.equal(Buffer.from(opened.Plaintext ?? []).toString(), 'x')

  const multiRegion = new CreateKeyCommand({
    Origin: 'EXTERNAL_KEY_STORE',
    CustomKeyStoreId: storeId,
    XksKeyId: 'another',
    MultiRegion: true,
  })
  await assert.rejects(kms.send(multiRegion), { name: 'UnsupportedOperationException' })
})

test('scenario 10: a key in an external key store cannot be rotated', { skip }, async () => {
  await assert.rejects(kms.send(new EnableKeyRotationCommand({ KeyId: shared.keyId })), {
    name: 'UnsupportedOperationException',
    message: `${shared.arn} origin is EXTERNAL_KEY_STORE which is not valid for this operation.`,
  })
})

test('a wrong encryption context and a changed blob are refused by the proxy or by KMS, never decrypted', {
  skip,
}, async () => {
  const { keyId: KeyId } = shared
  const EncryptionContext = { a: '1' }
  const { CiphertextBlob = new Uint8Array() } = await kms.send(
    new EncryptCommand({ KeyId, Plaintext: Buffer.from('x'), EncryptionContext }),
  )
  const rejected =
    'The external key store proxy rejected the request because the specified ciphertext or additional ' +
    'authenticated data is corrupted, missing, or otherwise invalid.'
  const wrong = new DecryptCommand({ CiphertextBlob, KeyId, EncryptionContext: { a: '2' } })
  await assert.rejects(kms.send(wrong), { name: 'KMSInvalidStateException', message: rejected })
  for (let at = 0; at < CiphertextBlob.length; at++) {
    const changed = Buffer.from(CiphertextBlob)
    changed[at] = (changed[at] ?? 0) ^ 1
    const answer = await kms.send(new DecryptCommand({ CiphertextBlob: changed, KeyId, EncryptionContext })).then(
      () => 'plaintext',
      (error: Error) => error.name,
    )
    assert.match(answer, /^(InvalidCiphertextException|KMSInvalidStateException)$/, `byte ${at}`)
  }
})

test('UpdateCustomKeyStore tries new settings out, and changes name, path and credential while connected', {
  skip,
}, async () => {
  const { storeId: CustomKeyStoreId, keyId: KeyId } = shared
  const update = (changes: object) => kms.send(new UpdateCustomKeyStoreCommand({ CustomKeyStoreId, ...changes }))
  const encrypt = () => kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))
  assert.deepEqual(bodyOf(await update({ NewCustomKeyStoreName: 'renamed' })), {})
  const rotated = { AccessKeyId: 'XKSKEYBBBBBBBBBB234567', RawSecretAccessKey: 'b'.repeat(43) }
  const wrong = { name: 'XksProxyIncorrectAuthenticationCredentialException' }
  await assert.rejects(update({ XksProxyAuthenticationCredential: rotated }), wrong)
  await encrypt()
  proxy.credential = rotated
  await assert.rejects(encrypt(), {
    name: 'KMSInvalidStateException',
    message:
      'The external key store proxy rejected the request because it could not authenticate AWS KMS. ' +
      'Verify the credentials for your external key store and update if necessary.',
  })
  await update({ XksProxyAuthenticationCredential: rotated })
  await encrypt()
  proxy.credential = proxyCredential
  await update({ XksProxyAuthenticationCredential: proxyCredential })
  const state = { name: 'CustomKeyStoreInvalidStateException' }
  await assert.rejects(update({ XksProxyUriEndpoint: 'https://other.example.com' }), state)
  await assert.rejects(update({ XksProxyUriPath: '/elsewhere/kms/xks/v1' }), {
    name: 'XksProxyInvalidConfigurationException',
    message:
      'The external key store proxy rejected the request because of an invalid URI path. ' +
      'Verify the URI path for your external key store and update if necessary.',
  })
  assert.equal((await stateOf(CustomKeyStoreId))?.CustomKeyStoreName, 'renamed')
  assert.equal((await stateOf(CustomKeyStoreId))?.XksProxyConfiguration?.UriPath, proxyPath)
})

test('a proxy that dies fails every use of its keys, and they work again when it is back', { skip }, async () => {
  const encrypt = () => kms.send(new EncryptCommand({ KeyId: shared.keyId, Plaintext: Buffer.from('x') }))
  await encrypt()
  await proxy.stop()
  await assert.rejects(encrypt(), { name: 'KMSInvalidStateException', message: /cannot communicate with/ })
  assert.equal((await stateOf(shared.storeId))?.ConnectionState, 'CONNECTED')
  await proxy.start()
  await encrypt()

  // In the middle of a crowd: each call succeeds or says what is wrong, and none hangs.
  const before = proxy.log.length
  const crowd = Promise.allSettled(Array.from({ length: 200 }, () => encrypt()))
  await eventually(() => proxy.log.length > before + 5)
  await proxy.stop()
  for (const outcome of await crowd) {
    if (outcome.status === 'rejected') assert.equal(outcome.reason.name, 'KMSInvalidStateException')
  }
  await proxy.start()
  await encrypt()
})

test('a disabled key whose store is disconnected is unavailable to grants too: they can be made', {
  skip,
}, async () => {
  const { storeId, keyId: KeyId } = shared
  await kms.send(new DisableKeyCommand({ KeyId }))
  const grant = new CreateGrantCommand({
    KeyId,
    GranteePrincipal: `arn:aws:iam::${fixture.server.accountId}:root`,
    Operations: ['Decrypt'],
  })
  await assert.rejects(kms.send(grant), { name: 'DisabledException' })
  await disconnect(storeId)
  assert.ok((await kms.send(grant)).GrantId)
  await connect(storeId)
  await kms.send(new EnableKeyCommand({ KeyId }))
})
