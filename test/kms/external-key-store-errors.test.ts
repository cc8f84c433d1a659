import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  type CreateCustomKeyStoreCommandInput,
  CreateKeyCommand,
  DecryptCommand,
  DeleteCustomKeyStoreCommand,
  EncryptCommand,
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms'
import { missing } from '../fixtures/foreign.ts'
import { type Fake, proxyCredential, proxyHost, proxyPath } from '../fixtures/xks-proxy.ts'
import { otherHost, startWithProxy, type WithProxy } from '../fixtures/xks-stores.ts'

const skip = missing('openssl', 'version')

let fixture: WithProxy
let proxy: WithProxy['proxy']
let kms: WithProxy['kms']
let storeId: string
let keyId: string

before(async () => {
  if (skip) return
  fixture = await startWithProxy()
  proxy = fixture.proxy
  kms = fixture.kms
  storeId = await createStore({})
  assert.equal(await connect(storeId), 'CONNECTED')
  proxy.addKey('in-use')
  keyId = await createKey('in-use')
})
after(() => fixture?.stop())

const createStore = (changes: Partial<CreateCustomKeyStoreCommandInput>) => fixture.createStore(changes)
const entryOf = (id: string) => fixture.entryOf(id)
const connect = (id: string) => fixture.connect(id)
const disconnect = (id: string) => fixture.disconnect(id)
const createKey = async (xksKeyId: string, id = storeId) => (await fixture.createKey(id, xksKeyId)).KeyId ?? ''

const encrypt = () => kms.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('x') }))

const answerOf = (sent: Promise<unknown>): Promise<{ name: string; message: string }> =>
  sent.then(
    () => ({ name: 'ok', message: '' }),
    (error) => error,
  )

async function withFake<T>(fake: Fake, work: () => Promise<T>): Promise<T> {
  proxy.fake = () => fake
  try {
    return await work()
  } finally {
    proxy.fake = undefined
  }
}

const error = (status: number, errorName: string): Fake => ({ status, body: { errorName } })
const unconnected = 'CustomKeyStoreInvalidStateException'

/** The misbehaviour; what CreateCustomKeyStore and CreateKey answer; the connection's error code; the text of each use. */
const misbehaviours: [what: string, fake: Fake, create: string, createKey: string, code: string, text: RegExp][] = [
  [
    'no answer',
    { hangUp: true },
    ...([
      'XksProxyUriUnreachableException',
      unconnected,
      'XKS_PROXY_NOT_REACHABLE',
      /cannot communicate with/,
    ] as const),
  ],
  [
    'garbage',
    { text: '<html>' },
    ...(['XksProxyInvalidResponseException', unconnected, 'XKS_PROXY_INVALID_RESPONSE', /cannot interpret/] as const),
  ],
  [
    'signature refused',
    error(401, 'AuthenticationFailedException'),
    'XksProxyIncorrectAuthenticationCredentialException',
    ...([unconnected, 'INVALID_CREDENTIALS', /could not authenticate AWS KMS/] as const),
  ],
  [
    'access denied',
    error(403, 'AccessDeniedException'),
    'XksProxyInvalidConfigurationException',
    ...([unconnected, 'XKS_PROXY_ACCESS_DENIED', /denied access to the operation/] as const),
  ],
  [
    'wrong path',
    error(404, 'InvalidUriPathException'),
    'XksProxyInvalidConfigurationException',
    ...([unconnected, 'XKS_PROXY_INVALID_CONFIGURATION', /invalid URI path/] as const),
  ],
  [
    'too many requests',
    error(429, 'ThrottlingException'),
    'XksProxyUriUnreachableException',
    ...([unconnected, 'XKS_PROXY_NOT_REACHABLE', /very high request rate/] as const),
  ],
  [
    'a fault of the proxy',
    error(500, 'InternalException'),
    'XksProxyUriUnreachableException',
    ...([unconnected, 'XKS_PROXY_NOT_REACHABLE', /unhealthy state/] as const),
  ],
  [
    'what the proxy does not do',
    error(501, 'UnsupportedOperationException'),
    'XksProxyInvalidResponseException',
    ...([unconnected, 'XKS_PROXY_INVALID_RESPONSE', /does not support the requested/] as const),
  ],
  [
    'a slow key manager',
    error(503, 'DependencyTimeoutException'),
    'XksProxyUriUnreachableException',
    ...([unconnected, 'XKS_PROXY_TIMED_OUT', /in the time allotted/] as const),
  ],
  [
    'a key that is not there',
    error(404, 'KeyNotFoundException'),
    'XksProxyInvalidResponseException',
    ...(['XksKeyNotFoundException', 'XKS_PROXY_INVALID_RESPONSE', /could not find the external key/] as const),
  ],
  [
    'a key that is disabled',
    error(400, 'InvalidStateException'),
    'XksProxyUriUnreachableException',
    ...(['XksKeyInvalidConfigurationException', 'XKS_PROXY_NOT_REACHABLE', /is not enabled in the/] as const),
  ],
  [
    'a key for something else',
    error(400, 'InvalidKeyUsageException'),
    'XksProxyInvalidResponseException',
    ...(['XksKeyInvalidConfigurationException', 'XKS_PROXY_INVALID_RESPONSE', /does not support the requ/] as const),
  ],
]

test('what a proxy does wrong is reported by CreateCustomKeyStore, ConnectCustomKeyStore, CreateKey and every use', {
  skip,
}, async () => {
  proxy.addKey('candidate')
  for (const [what, fake, create, key, code, text] of misbehaviours) {
    const name = `table-${code}`
    const second = { CustomKeyStoreName: name, XksProxyUriPath: '/second/kms/xks/v1' }
    const created = await withFake(fake, () => answerOf(createStore(second)))
    assert.equal(created.name, create, what)
    assert.match(created.message, text, what)
    const made = await withFake(fake, () => answerOf(createKey('candidate')))
    assert.equal(made.name, key, what)
    const { CiphertextBlob } = await encrypt()
    for (const command of [() => encrypt(), () => kms.send(new DecryptCommand({ CiphertextBlob }))]) {
      const used = await withFake(fake, () => answerOf(command()))
      assert.deepEqual(used.name, 'KMSInvalidStateException', what)
      assert.match(used.message, text, what)
      assert.doesNotMatch(used.message, /administrators$/)
    }
    await disconnect(storeId)
    assert.equal(await withFake(fake, () => connect(storeId)), 'FAILED', what)
    assert.equal((await entryOf(storeId))?.ConnectionErrorCode, code, what)
    // Failed stores are disconnected before they are connected again.
    assert.equal((await answerOf(connect(storeId))).name, unconnected)
    assert.equal(await disconnect(storeId), 'DISCONNECTED')
    assert.equal((await entryOf(storeId))?.ConnectionErrorCode, undefined)
    assert.equal(await connect(storeId), 'CONNECTED', what)
  }
})

test('a store whose external key managers are all unavailable is neither made nor connected', { skip }, async () => {
  const { health } = proxy
  proxy.health = { ...health, ekmFleetDetails: [{ id: 'a', model: 'b', healthStatus: 'UNAVAILABLE' }] }
  const second = { CustomKeyStoreName: 'second', XksProxyUriPath: '/second/kms/xks/v1' }
  const created = await withFake({ status: 200, body: proxy.health }, () => answerOf(createStore(second)))
  assert.equal(created.name, 'XksProxyUriUnreachableException')
  await disconnect(storeId)
  const refused = await answerOf(
    kms.send(
      new UpdateCustomKeyStoreCommand({
        CustomKeyStoreId: storeId,
        XksProxyAuthenticationCredential: proxyCredential,
      }),
    ),
  )
  assert.equal(refused.name, 'XksProxyUriUnreachableException')
  assert.equal(await connect(storeId), 'FAILED')
  assert.equal((await entryOf(storeId))?.ConnectionErrorCode, 'XKS_PROXY_NOT_REACHABLE')
  proxy.health = health
  await disconnect(storeId)
  assert.equal(await connect(storeId), 'CONNECTED')
})

test('CreateKey wants an external key of its own that is AES-256, enabled, encrypts and decrypts', {
  skip,
}, async () => {
  const unfit = 'XksKeyInvalidConfigurationException'
  proxy.addKey('rsa', { keySpec: 'RSA_2048' })
  proxy.addKey('off', { keyStatus: 'DISABLED' })
  proxy.addKey('one-way', { keyUsage: ['ENCRYPT', 'SIGN'] })
  const answers: [xksKeyId: string, name: string, message: RegExp][] = [
    ['nowhere', 'XksKeyNotFoundException', /could not find the external key\.$/],
    ['..', 'XksKeyNotFoundException', /could not find/],
    ['rsa', unfit, /must be AES_256\. The key spec of specified external key is RSA_2048\.$/],
    ['off', unfit, /must be ENABLED\. The status of specified external key is DISABLED\.$/],
    ['one-way', unfit, /must include ENCRYPT and DECRYPT\. The key use of specified external key is ENCRYPT, SIGN\.$/],
    ['in-use', 'XksKeyAlreadyInUseException', /in-use is associated with another KMS key/],
  ]
  for (const [xksKeyId, name, message] of answers) {
    const answer = await answerOf(createKey(xksKeyId))
    assert.equal(answer.name, name, xksKeyId)
    assert.match(answer.message, message)
  }
  const unknown = await answerOf(createKey('in-use', 'cks-00000000000000000'))
  assert.equal(unknown.name, 'CustomKeyStoreNotFoundException')
  const wrongOrigin = new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: storeId })
  assert.equal((await answerOf(kms.send(wrongOrigin))).name, 'ValidationException')
})

test('of two CreateKey calls for one external key at once, one makes a key', { skip }, async () => {
  proxy.addKey('wanted')
  const answers = await Promise.all(Array.from({ length: 5 }, () => answerOf(createKey('wanted'))))
  assert.deepEqual(answers.map(({ name }) => name).sort(), [...Array(4).fill('XksKeyAlreadyInUseException'), 'ok'])
})

test('a use takes no answer of a proxy that is not to the letter', { skip }, async () => {
  const bytes = (count: number) => Buffer.alloc(count, 7).toString('base64')
  const changes: Record<string, unknown>[] = [
    { authenticationTag: bytes(16) },
    { authenticationTag: bytes(15) },
    { initializationVector: bytes(8) },
    { ciphertext: bytes(3) },
    { ciphertextMetadata: bytes(21) },
    { ciphertextDataIntegrityValue: undefined },
    { ciphertextDataIntegrityValue: bytes(32) },
  ]
  for (const change of changes) {
    const answer = await withFake({ change: (honest) => ({ ...honest, ...change }) }, () => answerOf(encrypt()))
    assert.equal(answer.name, 'KMSInvalidStateException', JSON.stringify(change))
    assert.match(answer.message, /cannot interpret the response/, JSON.stringify(change))
  }
  const { CiphertextBlob } = await encrypt()
  const decrypt = () => answerOf(kms.send(new DecryptCommand({ CiphertextBlob })))
  const other = await withFake({ change: () => ({ plaintext: bytes(17) }) }, decrypt)
  assert.equal(
    `${other.name}: ${other.message}`,
    'KMSInvalidStateException: The ciphertext that the external key store proxy submitted for decryption, or the ' +
      'encryption context, is corrupted, missing, or otherwise invalid.',
  )
  const shorter = await withFake({ change: () => ({ plaintext: bytes(3) }) }, decrypt)
  assert.match(shorter.message, /cannot interpret the response/)
  assert.equal((await decrypt()).name, 'ok')
})

test('a store behind a VPC endpoint service is looked at when it is connected', { skip }, async () => {
  const service = `com.amazonaws.vpce.${fixture.server.region}.vpce-svc-0123456789abcdef0`
  const vpc = {
    CustomKeyStoreName: 'private',
    XksProxyConnectivity: 'VPC_ENDPOINT_SERVICE' as const,
    XksProxyUriEndpoint: `https://${otherHost}`,
    XksProxyVpcEndpointServiceName: service,
  }
  const answers: [changes: object, name: string][] = [
    [{ XksProxyVpcEndpointServiceName: undefined }, 'ValidationException'],
    [
      { XksProxyVpcEndpointServiceName: service.replace(fixture.server.region, 'eu-west-3') },
      'XksProxyVpcEndpointServiceNotFoundException',
    ],
    [
      { XksProxyUriEndpoint: `https://${proxyHost.toUpperCase()}`, XksProxyUriPath: `/y${proxyPath}` },
      'XksProxyUriEndpointInUseException',
    ],
    [{ XksProxyUriEndpoint: `https://${proxyHost}` }, 'XksProxyUriInUseException'],
    [{ CustomKeyStoreName: 'first' }, 'CustomKeyStoreNameInUseException'],
    [{ XksProxyUriEndpoint: `http://${otherHost}` }, 'ValidationException'],
    [{ KeyStorePassword: 'password' }, 'ValidationException'],
    [{ XksProxyUriEndpoint: 'https://127.0.0.1' }, 'XksProxyInvalidConfigurationException'],
    [{ XksProxyUriEndpoint: 'https://999.9.9.9' }, 'XksProxyInvalidConfigurationException'],
    [{ XksProxyUriEndpoint: 'https://a..example.com' }, 'XksProxyInvalidConfigurationException'],
    [{ XksProxyUriEndpoint: 'https://-example.com' }, 'XksProxyInvalidConfigurationException'],
  ]
  for (const [changes, name] of answers) {
    assert.equal((await answerOf(createStore({ ...vpc, ...changes }))).name, name, JSON.stringify(changes))
  }
  const asked = proxy.log.length
  const id = await createStore(vpc)
  assert.equal(proxy.log.length, asked, 'the proxy was asked')
  const { XksProxyConfiguration } = (await entryOf(id)) ?? {}
  assert.deepEqual(XksProxyConfiguration, {
    Connectivity: 'VPC_ENDPOINT_SERVICE',
    AccessKeyId: proxyCredential.AccessKeyId,
    UriEndpoint: `https://${otherHost}`,
    UriPath: proxyPath,
    VpcEndpointServiceName: service,
    VpcEndpointServiceOwner: fixture.server.accountId,
  })
  const inUse = {
    ...vpc,
    CustomKeyStoreName: 'private-2',
    XksProxyUriEndpoint: 'https://other.example.com',
  }
  assert.equal((await answerOf(createStore(inUse))).name, 'XksProxyVpcEndpointServiceInUseException')
  // The certificate at the address is not this name's.
  assert.equal(await connect(id), 'FAILED')
  assert.equal((await entryOf(id))?.ConnectionErrorCode, 'XKS_PROXY_INVALID_TLS_CONFIGURATION')
  await disconnect(id)
  const makePublic = { CustomKeyStoreId: id, XksProxyConnectivity: 'PUBLIC_ENDPOINT' as const }
  const withoutEndpoint = await answerOf(kms.send(new UpdateCustomKeyStoreCommand(makePublic)))
  assert.equal(withoutEndpoint.name, 'ValidationException')
  await kms.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId: id }))
  assert.equal((await answerOf(entryOf(id))).name, 'CustomKeyStoreNotFoundException')
})
