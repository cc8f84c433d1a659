import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  answering,
  connectionErrorOf,
  creationError,
  type FailureKind,
  failureKinds,
  KeyStoreFailure,
  managementError,
  useError,
} from './key-store-failures.ts'

const notConnected = 'CustomKeyStoreInvalidStateException'

/** What becomes of each failure: of stores that are made or changed, of keys that are made, of connections. */
const table: Record<FailureKind, readonly [management: string, creation: string, connection: string]> = {
  unreachable: ['XksProxyUriUnreachableException', notConnected, 'XKS_PROXY_NOT_REACHABLE'],
  'tls-refused': ['XksProxyInvalidConfigurationException', notConnected, 'XKS_PROXY_INVALID_TLS_CONFIGURATION'],
  'timed-out': ['XksProxyUriUnreachableException', notConnected, 'XKS_PROXY_TIMED_OUT'],
  'invalid-response': ['XksProxyInvalidResponseException', notConnected, 'XKS_PROXY_INVALID_RESPONSE'],
  'authentication-failed': ['XksProxyIncorrectAuthenticationCredentialException', notConnected, 'INVALID_CREDENTIALS'],
  'access-denied': ['XksProxyInvalidConfigurationException', notConnected, 'XKS_PROXY_ACCESS_DENIED'],
  'invalid-path': ['XksProxyInvalidConfigurationException', notConnected, 'XKS_PROXY_INVALID_CONFIGURATION'],
  throttled: ['XksProxyUriUnreachableException', notConnected, 'XKS_PROXY_NOT_REACHABLE'],
  unhealthy: ['XksProxyUriUnreachableException', notConnected, 'XKS_PROXY_NOT_REACHABLE'],
  'dependency-timed-out': ['XksProxyUriUnreachableException', notConnected, 'XKS_PROXY_TIMED_OUT'],
  'not-supported': ['XksProxyInvalidResponseException', notConnected, 'XKS_PROXY_INVALID_RESPONSE'],
  'external-key-not-found': [
    'XksProxyInvalidResponseException',
    'XksKeyNotFoundException',
    'XKS_PROXY_INVALID_RESPONSE',
  ],
  'external-key-disabled': [
    'XksProxyUriUnreachableException',
    'XksKeyInvalidConfigurationException',
    'XKS_PROXY_NOT_REACHABLE',
  ],
  'external-key-unfit': [
    'XksProxyInvalidResponseException',
    'XksKeyInvalidConfigurationException',
    'XKS_PROXY_INVALID_RESPONSE',
  ],
  'ciphertext-rejected': ['XksProxyInvalidResponseException', notConnected, 'XKS_PROXY_INVALID_RESPONSE'],
  'ciphertext-invalid': ['XksProxyInvalidResponseException', notConnected, 'XKS_PROXY_INVALID_RESPONSE'],
  'cluster-not-found': [
    'CloudHsmClusterNotFoundException',
    'CloudHsmClusterInvalidConfigurationException',
    'CLUSTER_NOT_FOUND',
  ],
  'cluster-not-active': [
    'CloudHsmClusterNotActiveException',
    'CloudHsmClusterInvalidConfigurationException',
    'INTERNAL_ERROR',
  ],
  'too-few-hsms': [
    'CloudHsmClusterInvalidConfigurationException',
    'CloudHsmClusterInvalidConfigurationException',
    'INSUFFICIENT_CLOUDHSM_HSMS',
  ],
  'no-hsm': [
    'CloudHsmClusterInvalidConfigurationException',
    'CloudHsmClusterInvalidConfigurationException',
    'INSUFFICIENT_CLOUDHSM_HSMS',
  ],
  'incorrect-trust-anchor': ['IncorrectTrustAnchorException', notConnected, 'INTERNAL_ERROR'],
  'invalid-password': ['CloudHsmClusterInvalidConfigurationException', notConnected, 'INVALID_CREDENTIALS'],
  'user-locked-out': ['CloudHsmClusterInvalidConfigurationException', notConnected, 'USER_LOCKED_OUT'],
  'user-logged-in': ['CloudHsmClusterInvalidConfigurationException', notConnected, 'USER_LOGGED_IN'],
  'user-not-found': ['CloudHsmClusterInvalidConfigurationException', notConnected, 'USER_NOT_FOUND'],
  'subnet-not-found': ['CloudHsmClusterInvalidConfigurationException', notConnected, 'SUBNET_NOT_FOUND'],
  'no-free-addresses': [
    'CloudHsmClusterInvalidConfigurationException',
    notConnected,
    'INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET',
  ],
  'hsm-unreachable': ['CloudHsmClusterInvalidConfigurationException', notConnected, 'NETWORK_ERRORS'],
  'hsm-key-missing': ['CloudHsmClusterInvalidConfigurationException', notConnected, 'INTERNAL_ERROR'],
}

test('every failure of a key store has its exceptions and its connection error code', () => {
  assert.deepEqual(Object.keys(table), failureKinds)
  for (const kind of failureKinds) {
    const failure = new KeyStoreFailure(kind)
    const answers = [managementError(failure).code, creationError(failure).code, connectionErrorOf(failure)]
    assert.deepEqual(answers, table[kind], kind)
    assert.equal(useError(failure).code, 'KMSInvalidStateException')
    assert.ok(useError(failure).message.length > 20)
    assert.equal(useError(failure).status, 400)
  }
})

test('answering turns failures of key stores into answers, and leaves faults as they are', async () => {
  assert.equal(await answering(Promise.resolve(1), useError), 1)
  const failure = new KeyStoreFailure('throttled', { detail: 'slower' })
  await assert.rejects(answering(Promise.reject(failure), useError), {
    code: 'KMSInvalidStateException',
    message: 'slower',
  })
  await assert.rejects(answering(Promise.reject(new TypeError('ours')), useError), TypeError)
})
