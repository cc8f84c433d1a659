import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConnectionStateType } from '@aws-sdk/client-kms'
import {
  beginConnection,
  beginDisconnection,
  type CustomKeyStore,
  checkUnique,
  endConnection,
  endDisconnection,
  newCustomKeyStoreId,
  type ProxySettings,
} from './custom-key-store.ts'

const storeWith = (changes: Partial<CustomKeyStore> = {}): CustomKeyStore => ({
  accountId: '111122223333',
  region: 'us-east-1',
  customKeyStoreId: 'cks-1234567890abcdef0',
  name: 'first',
  createdAtMs: 0,
  type: 'EXTERNAL_KEY_STORE',
  connectionState: 'DISCONNECTED',
  ...changes,
})

const states: ConnectionStateType[] = ['CONNECTED', 'CONNECTING', 'DISCONNECTED', 'DISCONNECTING', 'FAILED']

/** The state that a step leads to from each of `states`; `-` for none, `!` for a refusal. */
const outcomes = (step: (store: CustomKeyStore) => CustomKeyStore | undefined) =>
  states.map((connectionState) => {
    try {
      return step(storeWith({ connectionState }))?.connectionState ?? '-'
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'CustomKeyStoreInvalidStateException')
      return '!'
    }
  })

test('a store is connected and disconnected from the states that AWS allows', () => {
  assert.deepEqual(outcomes(beginConnection), ['-', '-', 'CONNECTING', '!', '!'])
  assert.deepEqual(outcomes(beginDisconnection), ['DISCONNECTING', 'DISCONNECTING', '!', '!', 'DISCONNECTING'])
  assert.deepEqual(
    outcomes((store) => endConnection(store, undefined)),
    ['-', 'CONNECTED', '-', '-', '-'],
  )
  assert.deepEqual(outcomes(endDisconnection), ['-', '-', '-', 'DISCONNECTED', '-'])
})

test('a store has a connection error code while it has failed, and not longer', () => {
  const failed = endConnection(storeWith({ connectionState: 'CONNECTING' }), 'XKS_PROXY_TIMED_OUT')
  assert.deepEqual(failed, storeWith({ connectionState: 'FAILED', connectionErrorCode: 'XKS_PROXY_TIMED_OUT' }))
  assert.deepEqual(failed && beginDisconnection(failed), storeWith({ connectionState: 'DISCONNECTING' }))
})

const proxyWith = (changes: Partial<ProxySettings> = {}): ProxySettings => ({
  connectivity: 'PUBLIC_ENDPOINT',
  uriEndpoint: 'https://proxy.example.com',
  uriPath: '/kms/xks/v1',
  accessKeyId: 'A'.repeat(20),
  ...changes,
})

test('checkUnique lets public endpoints be shared by stores with other paths, and nothing else', () => {
  const service = 'com.amazonaws.vpce.us-east-1.vpce-svc-1'
  const vpc = { connectivity: 'VPC_ENDPOINT_SERVICE', vpcEndpointServiceName: service } as const
  const pairs: [one: Partial<ProxySettings>, other: Partial<ProxySettings>, answer: string][] = [
    [{}, { uriPath: '/b/kms/xks/v1' }, 'ok'],
    [{}, { uriEndpoint: 'https://other.example.com' }, 'ok'],
    [{}, {}, 'XksProxyUriInUseException'],
    [{}, { uriEndpoint: 'https://PROXY.example.com' }, 'XksProxyUriInUseException'],
    [{}, { ...vpc, uriPath: '/b/kms/xks/v1' }, 'XksProxyUriEndpointInUseException'],
    [
      { ...vpc, vpcEndpointServiceName: 'x' },
      { ...vpc, uriPath: '/b/kms/xks/v1' },
      'XksProxyUriEndpointInUseException',
    ],
    [vpc, { ...vpc, uriEndpoint: 'https://other.example.com' }, 'XksProxyVpcEndpointServiceInUseException'],
  ]
  const answerOf = (store: CustomKeyStore, other: CustomKeyStore) => {
    try {
      checkUnique(store, [other])
      return 'ok'
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  for (const [one, other, answer] of pairs) {
    const [first, second] = [
      storeWith({ proxy: proxyWith(one) }),
      storeWith({ name: 'second', proxy: proxyWith(other) }),
    ]
    assert.equal(answerOf(first, second), answer, JSON.stringify(other))
    assert.equal(answerOf(second, first), answer, JSON.stringify(one))
  }
  assert.equal(answerOf(storeWith(), storeWith()), 'CustomKeyStoreNameInUseException')
})

test('the id of a custom key store is cks- and 17 hexadecimal digits', () => {
  assert.match(newCustomKeyStoreId(), /^cks-[0-9a-f]{17}$/)
  assert.notEqual(newCustomKeyStoreId(), newCustomKeyStoreId())
})
